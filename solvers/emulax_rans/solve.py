"""Solve a case, with derivatives of the solution by the closure's coefficients.

The derivatives are those of the equations, not of the iteration: one transposed linear system for each quantity that is
differentiated (implicit function theorem).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from emulax_rans.case import RansCase
from emulax_rans.closures import boussinesq, ramped
from emulax_rans.equations import Equations, MomentumEquations, Unknowns
from emulax_rans.errors import CaseError
from emulax_rans.mean_flow import Closure, MeanFlow, ReynoldsStress
from emulax_rans.momentum import at_cells
from emulax_rans.newton import NewtonOptions, adjoint, steady
from emulax_rans.turbulence_equations import TurbulenceEquations

_RESTART_TIME_STEP = 1.0
# Squares of the friction velocity that no k of a flow along walls comes near: it reaches 2 to 5. On cells that miss the
# viscous sublayer the equations of the turbulence models have a second solution, with hundreds.
_LARGEST_ENERGY = 25.0


@dataclass(frozen=True, eq=False)
class Solved:
    """How a solve ended, in the units of its case.

    Attributes:
        driving_force: -dP/dx over the density.
        imbalance: Largest relative imbalance of the equations.
        steps: Steps of Newton's method.
        converged: Whether the imbalance fell below the tolerance.
        unknowns: The solver's own unknowns, to start another solve from.
    """

    driving_force: Float[Array, ""]
    imbalance: Float[Array, ""]
    steps: Int[Array, ""]
    converged: Array
    unknowns: Unknowns

    @property
    def reason(self) -> str:
        """In words, how the solve ended."""
        if self.converged:
            return f"converged in {self.steps} steps"
        if not jnp.isfinite(self.imbalance):
            return "the start is not finite"
        return f"not converged: after {self.steps} steps the equations are out of balance by {self.imbalance:.1e}"


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False)
class RansFlow(Solved):
    """A solved flow.

    Attributes:
        mean: The mean flow at the cells, with velocity, gradients and the turbulence's scales.
        stress: The Reynolds stress by the closure.
        largest_energy: Largest k, in squares of the friction velocity; far above 5 the cells at the walls are too
            coarse, and the flow does not count as converged.
    """

    mean: MeanFlow
    stress: ReynoldsStress
    largest_energy: Float[Array, ""]

    @property
    def reason(self) -> str:
        """In words, how the solve ended."""
        if not self.converged and self.largest_energy > _LARGEST_ENERGY:
            return (
                f"not a flow along walls: after {self.steps} steps, out of balance by {self.imbalance:.1e}, k reaches"
                f" {self.largest_energy:.0f} squares of the friction velocity; cut the cells at the walls"
            )
        return super().reason


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False)
class MeanVelocity(Solved):
    """The mean velocity that a given Reynolds stress balances.

    Attributes:
        velocity: Components x, y, z at the cells.
    """

    velocity: Float[Array, "z y 3"]


class Guess(NamedTuple):
    """Where a solve may start, other than at a solved flow.

    Attributes:
        unknowns: Streamwise velocity, stream function at the upper corners of cells, logarithms of k and of the second
            quantity.
        driving_force: -dP/dx over the density.
    """

    unknowns: Unknowns
    driving_force: Float[Array, ""]


def solve(
    case: RansCase,
    closure: Closure = boussinesq,
    *,
    start: Solved | Guess | None = None,
    ramp: Sequence[float] = (1.0,),
    options: NewtonOptions | None = None,
) -> RansFlow:
    """Solve for the fully developed flow of a case.

    Args:
        case: Section, viscosity, drive and turbulence model.
        closure: The Reynolds stress as a function of the mean flow. The flow can be differentiated with respect to
            the arrays in a `jax.tree_util.Partial`.
        start: A flow in the same section to start from; a guess by default.
        ramp: Shares of the closure, the rest being Boussinesq's; each is solved in turn from the one before.
        options: When to stop; a start is trusted with a larger first step.

    Raises:
        CaseError: Double precision is off, the start is of another section, or the ramp does not end at 1.
    """
    if not ramp or ramp[-1] != 1.0:
        raise CaseError("ramp", f"is {tuple(ramp)}, must end at 1")
    chosen = _checked(case, start, options)
    given = None if start is None else (start.unknowns, start.driving_force)
    as_tree = closure if isinstance(closure, jax.tree_util.Partial) else jax.tree_util.Partial(closure)
    return _solve(case, chosen, tuple(float(share) for share in ramp), as_tree, given)


def solve_velocity(
    case: RansCase,
    stress: ReynoldsStress,
    *,
    start: Solved | Guess | None = None,
    options: NewtonOptions | None = None,
) -> MeanVelocity:
    """Solve for the mean velocity alone, with a Reynolds stress that is known beforehand.

    How the stress is split matters, since its eddy viscosity acts on the strain rate of the flow that is solved for.
    With none of it the mean flow is ill-conditioned in the stress (Wu et al. 2019, doi:10.1017/jfm.2019.205). The
    velocity can be differentiated with respect to the stress.

    Args:
        case: Section, viscosity and drive; the turbulence model has no part in it.
        stress: The stress at the cells, say from a direct numerical simulation.
        start: A flow in the same section to start from; a guess by default.
        options: When to stop; a start is trusted with a larger first step.

    Raises:
        CaseError: Double precision is off, or the start is of another section.
    """
    chosen = _checked(case, start, options)
    given = None if start is None else (start.unknowns[..., :2], start.driving_force)
    return _solve_velocity(case, chosen, stress, given)


def solve_turbulence(
    case: RansCase,
    velocity: MeanVelocity,
    stress: ReynoldsStress,
    *,
    start: RansFlow | Guess | None = None,
    options: NewtonOptions | None = None,
) -> RansFlow:
    """Solve for the turbulence model's quantities in a mean flow that is known, with the production by its stress.

    After `solve_velocity` with the same stress this completes the flow that `solve` would find with the stress as a
    constant closure, in less time. The result is not differentiable.

    Args:
        case: Section, viscosity and turbulence model.
        velocity: The mean flow.
        stress: The Reynolds stress that makes the turbulence.
        start: A flow in the same section to start from; a guess by default.
        options: When to stop; a start is trusted with a larger first step.

    Raises:
        CaseError: Double precision is off, or the start is of another section.
    """
    chosen = _checked(case, start, options)
    return _solve_turbulence(case, chosen, velocity, stress, None if start is None else start.unknowns[..., 2:])


def _checked(case: RansCase, start: Solved | Guess | None, options: NewtonOptions | None) -> NewtonOptions:
    """The options to solve with."""
    if not jax.config.read("jax_enable_x64"):
        raise CaseError("jax_enable_x64", "is off, must be on: the solver works in double precision")
    if start is not None and start.unknowns.shape[:2] != case.section.shape:
        raise CaseError("start", f"has {start.unknowns.shape[:2]} cells, the section has {case.section.shape}")
    chosen = options or NewtonOptions()
    return chosen if options or start is None else replace(chosen, time_step=_RESTART_TIME_STEP)


@partial(jax.jit, static_argnums=(0, 1, 2))
def _solve(case: RansCase, options: NewtonOptions, ramp: tuple[float, ...], closure: Any, given: Any) -> RansFlow:
    equations = Equations(case)
    unknowns, force = equations.start() if given is None else given
    steps = jnp.zeros((), jnp.int32)
    for share in ramp[:-1]:
        stage = steady(equations, options, ramped(jax.lax.stop_gradient(closure), share), unknowns, force)
        unknowns, force, steps = stage.unknowns, stage.force, steps + stage.steps
    end: Any = _root(Equations, case, options, closure, (unknowns, force))
    flow = equations.state(end.unknowns).flow
    return _judged(case, options, end._replace(steps=steps + end.steps), flow, closure(flow))


@partial(jax.jit, static_argnums=(0, 1))
def _solve_velocity(case: RansCase, options: NewtonOptions, stress: ReynoldsStress, given: Any) -> MeanVelocity:
    equations = MomentumEquations(case)
    end: Any = _root(MomentumEquations, case, options, stress, equations.start() if given is None else given)
    velocity = at_cells(equations.grid, equations.velocity(end.unknowns))
    converged = end.imbalance <= options.tolerance
    return MeanVelocity(end.force, end.imbalance, end.steps, converged, end.unknowns, velocity=velocity)


@partial(jax.jit, static_argnums=(0, 1))
def _solve_turbulence(
    case: RansCase, options: NewtonOptions, velocity: MeanVelocity, stress: ReynoldsStress, given: Unknowns | None
) -> RansFlow:
    velocity, stress, given = jax.lax.stop_gradient((velocity, stress, given))
    equations = TurbulenceEquations(case, velocity.unknowns)
    first, _ = equations.start()
    end = steady(equations, options, stress, first if given is None else given, velocity.driving_force)
    whole = _End(equations.with_momentum(end.unknowns), velocity.driving_force, end.imbalance, end.steps)
    return _judged(case, options, whole, equations.state(whole.unknowns).flow, stress)


class _End(NamedTuple):
    """Where a solve ended."""

    unknowns: Unknowns
    force: Float[Array, ""]
    imbalance: Float[Array, ""]
    steps: Int[Array, ""]


def _judged(case: RansCase, options: NewtonOptions, end: _End, mean: MeanFlow, stress: ReynoldsStress) -> RansFlow:
    """The flow at the end of a solve; sources may drive its k to any height."""
    energy = mean.kinetic_energy.max() / (0.25 * end.force * case.hydraulic_diameter)
    converged = (end.imbalance <= options.tolerance) & ((energy <= _LARGEST_ENERGY) | (case.sources is not None))
    return RansFlow(
        end.force, end.imbalance, end.steps, converged, end.unknowns, mean=mean, stress=stress, largest_energy=energy
    )


@partial(jax.custom_vjp, nondiff_argnums=(0, 1, 2))
def _root(kind: type[MomentumEquations], case: RansCase, options: NewtonOptions, stress: Any, given: Any) -> _End:
    end = steady(kind(case), options, stress, *given)
    return _End(end.unknowns, end.force, end.imbalance, end.steps)


def _root_forward(
    kind: type[MomentumEquations], case: RansCase, options: NewtonOptions, stress: Any, given: Any
) -> tuple[Any, Any]:
    found: Any = _root(kind, case, options, stress, given)
    return found, (stress, found.unknowns, found.force, given)


def _root_backward(
    kind: type[MomentumEquations], case: RansCase, options: NewtonOptions, kept: Any, slopes: Any
) -> tuple[Any, Any]:
    del options
    stress, unknowns, force, given = kept
    equations = kind(case)
    by_balance = adjoint(equations, stress, (unknowns, force), (slopes.unknowns, slopes.force))
    _, pull = jax.vjp(lambda s: equations.balance(unknowns, force, s), stress)
    return pull(by_balance)[0], jax.tree.map(jnp.zeros_like, given)


_root.defvjp(_root_forward, _root_backward)
