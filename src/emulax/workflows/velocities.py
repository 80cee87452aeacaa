"""The velocity in a duct by the stress of a model, which looks once, or until it looks at what it makes itself."""

from __future__ import annotations

from dataclasses import dataclass

import jax
import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Float64

from emulax.core.errors import InputError
from emulax.models.tensor_basis import TensorBasisNetwork
from emulax.workflows.closures import closure_of
from emulax.workflows.ducts import Duct
from emulax_rans import Closure, MeanFlow, MeanVelocity, ReynoldsStress, solve_turbulence, solve_velocity

RELAXATION = 0.5
"""Share of the new stress, after the first look, in what makes the flow that is looked at next."""


@dataclass(frozen=True, eq=False)
class ClosedLoop:
    """How a model that looks at its own flow ended.

    Attributes:
        velocity: Of the last look with a solution, in bulk velocities.
        changes: By how much each look would change the velocity unrelaxed, root mean square in bulk velocities.
        closed: Whether the last change is below the tolerance.
        reason: In words.
    """

    velocity: Float64[Array, "z y 3"]
    changes: tuple[float, ...]
    closed: bool
    reason: str


def velocity_of(network: TensorBasisNetwork, duct: Duct) -> MeanVelocity:
    """The velocity that a model's stress makes in a duct, looking at the turbulence model's own flow."""
    return solve_velocity(duct.case, stress_in(in_double_precision(network), duct.model_flow))


def closed_loop(
    network: TensorBasisNetwork, duct: Duct, *, looks: int = 40, relaxation: float = RELAXATION, tolerance: float = 1e-3
) -> ClosedLoop:
    """The flow in a duct whose stress a model makes by looking at that very flow.

    The model looks at the turbulence model's own flow first, then at what its stress makes, with the turbulence model's
    scales in it, until the velocity does not change any more.

    Args:
        network: The model.
        duct: The duct.
        looks: Looks at most.
        relaxation: Share of the new stress after the first look; the rest is that of the look before.
        tolerance: Root mean square, over the section and in bulk velocities, of the unrelaxed change from look to look
            at which the loop is closed.

    Raises:
        InputError: There are no looks, or the relaxation is not between 0 and 1.
    """
    if looks < 1:
        raise InputError("looks", f"is {looks}, must be at least 1")
    if not 0.0 < relaxation <= 1.0:
        raise InputError("relaxation", f"is {relaxation}, must be in 0 < x <= 1")
    model, share = in_double_precision(network), jnp.asarray(duct.share)
    seen, before = duct.model_flow, duct.model_flow.velocity
    stress, velocity, whole = None, None, None
    changes: list[float] = []
    while True:
        new = stress_in(model, seen)
        stress = new if stress is None else mixed(new, stress, relaxation)
        velocity = solve_velocity(duct.case, stress, start=velocity)
        moved = float(jnp.sqrt((share * ((velocity.velocity - before) ** 2).sum(-1)).sum()))
        changes.append(moved / relaxation if changes else moved)
        count = len(changes)
        if not velocity.converged:
            return ClosedLoop(before, tuple(changes), False, f"velocity of look {count}: {velocity.reason}")
        before = velocity.velocity
        if changes[-1] <= tolerance:
            return ClosedLoop(before, tuple(changes), True, f"closed after {count} looks")
        if count == looks:
            reason = f"not closed: look {looks} changed the velocity by {changes[-1]:.1e}"
            return ClosedLoop(before, tuple(changes), False, reason)
        whole = solve_turbulence(duct.case, velocity, stress, start=whole)
        if not whole.converged:
            return ClosedLoop(before, tuple(changes), False, f"turbulence of look {count}: {whole.reason}")
        seen = whole.mean


def stress_in(network: TensorBasisNetwork, seen: MeanFlow) -> ReynoldsStress:
    """The Reynolds stress that a model makes of a flow."""
    return _answer(closure_of(*nnx.split(network)), seen)


@jax.jit
def _answer(closure: Closure, seen: MeanFlow) -> ReynoldsStress:
    """Compiled once for all networks of one structure."""
    return closure(seen)


def mixed(new: ReynoldsStress, old: ReynoldsStress, share: float) -> ReynoldsStress:
    """A share of one stress, the rest of another."""
    return jax.tree.map(lambda a, b: share * a + (1.0 - share) * b, new, old)


def in_double_precision(network: TensorBasisNetwork) -> TensorBasisNetwork:
    """The same model in double precision, which the solver works in."""
    structure, weights = nnx.split(network)
    return nnx.merge(structure, jax.tree.map(lambda value: value.astype(jnp.float64), weights))
