"""Solve a case, with derivatives of the solution by the closure's coefficients.

The derivatives are those of the equations, not of the iteration: one transposed linear system for each quantity that is
differentiated (implicit function theorem).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from emulax_rans.case import RansCase
from emulax_rans.closures import boussinesq, ramped
from emulax_rans.equations import Equations, Unknowns
from emulax_rans.errors import CaseError
from emulax_rans.mean_flow import Closure, MeanFlow, ReynoldsStress
from emulax_rans.newton import NewtonOptions, adjoint, steady

_RESTART_TIME_STEP = 1.0


class RansFlow(NamedTuple):
    """A solved flow, in the units of its case.

    Attributes:
        mean: The mean flow at the cells, with velocity, gradients and the turbulence's scales.
        stress: The Reynolds stress by the closure.
        driving_force: -dP/dx over the density.
        imbalance: Largest relative imbalance of the equations.
        steps: Steps of Newton's method.
        converged: Whether the imbalance fell below the tolerance.
        unknowns: The solver's own unknowns, to start another solve from.
    """

    mean: MeanFlow
    stress: ReynoldsStress
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
    start: RansFlow | Guess | None = None,
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
    if not jax.config.read("jax_enable_x64"):
        raise CaseError("jax_enable_x64", "is off, must be on: the solver works in double precision")
    if not ramp or ramp[-1] != 1.0:
        raise CaseError("ramp", f"is {tuple(ramp)}, must end at 1")
    if start is not None and start.unknowns.shape[:2] != case.section.shape:
        raise CaseError("start", f"has {start.unknowns.shape[:2]} cells, the section has {case.section.shape}")
    chosen = options or NewtonOptions()
    if options is None and start is not None:
        chosen = replace(chosen, time_step=_RESTART_TIME_STEP)
    given = None if start is None else (start.unknowns, start.driving_force)
    as_tree = closure if isinstance(closure, jax.tree_util.Partial) else jax.tree_util.Partial(closure)
    return _solve(case, chosen, tuple(float(share) for share in ramp), as_tree, given)


@partial(jax.jit, static_argnums=(0, 1, 2))
def _solve(case: RansCase, options: NewtonOptions, ramp: tuple[float, ...], closure: Any, given: Any) -> RansFlow:
    equations = Equations(case)
    unknowns, force = equations.start() if given is None else given
    steps = jnp.zeros((), jnp.int32)
    for share in ramp[:-1]:
        stage = steady(equations, options, ramped(jax.lax.stop_gradient(closure), share), unknowns, force)
        unknowns, force, steps = stage.unknowns, stage.force, steps + stage.steps
    found: Any = _root(case, options, closure, (unknowns, force))
    unknowns, force, imbalance, last = found
    state = equations.state(unknowns)
    return RansFlow(
        state.flow,
        closure(state.flow),
        force,
        imbalance,
        steps + last,
        imbalance <= options.tolerance,
        unknowns,
    )


@partial(jax.custom_vjp, nondiff_argnums=(0, 1))
def _root(case: RansCase, options: NewtonOptions, closure: Any, given: Any) -> tuple[Array, Array, Array, Array]:
    end = steady(Equations(case), options, closure, *given)
    return end.unknowns, end.force, end.imbalance, end.steps


def _root_forward(case: RansCase, options: NewtonOptions, closure: Any, given: Any) -> tuple[Any, Any]:
    found: Any = _root(case, options, closure, given)
    return found, (closure, found[0], found[1], given)


def _root_backward(case: RansCase, options: NewtonOptions, kept: Any, slopes: Any) -> tuple[Any, Any]:
    closure, unknowns, force, given = kept
    equations = Equations(case)
    by_balance = adjoint(equations, closure, (unknowns, force), (slopes[0], slopes[1]))
    _, pull = jax.vjp(lambda c: equations.balance(unknowns, force, c), closure)
    return pull(by_balance)[0], jax.tree.map(jnp.zeros_like, given)


_root.defvjp(_root_forward, _root_backward)
