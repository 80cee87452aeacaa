"""The steady state by Newton's method, led there by implicit steps in a pseudo-time.

A step solves one linearisation of

    (content(x) - content(x_n)) / dt + balance(x) = 0

and dt grows as the imbalance falls (Kelley & Keyes 1998, doi:10.1137/S0036142996304796): a march at first, Newton's
method in the end. The Jacobian is exact, the closure's share in it included.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from emulax_rans.bordered import solve_bordered
from emulax_rans.equations import MomentumEquations, Unknowns
from emulax_rans.stencil import Stencil, jacobian, transposed

_LARGEST_GROWTH = 8.0
_STEADY_GROWTH = 1.5
_SMALLEST_STEP = 1e-9


@dataclass(frozen=True)
class NewtonOptions:
    """When to stop, and how far to go at a time.

    Args:
        tolerance: Relative imbalance of the equations at which a flow is steady.
        max_steps: Largest number of steps.
        time_step: First step in pseudo-time, in hydraulic diameters over the friction velocity.
        largest_change: By how much the logarithms of k and its companion may change in a step.
    """

    tolerance: float = 1e-9
    max_steps: int = 100
    time_step: float = 0.01
    largest_change: float = 1.5


class Progress(NamedTuple):
    """Where an iteration stands.

    Attributes:
        unknowns: The unknowns.
        force: The driving force.
        time_step: The next step in pseudo-time.
        imbalance: Relative imbalance of the equations.
        steps: Steps taken, those refused included.
    """

    unknowns: Unknowns
    force: Float[Array, ""]
    time_step: Float[Array, ""]
    imbalance: Float[Array, ""]
    steps: Int[Array, ""]


def steady(
    equations: MomentumEquations, options: NewtonOptions, stress: Any, unknowns: Unknowns, force: Float[Array, ""]
) -> Progress:
    """Iterate until the equations are balanced, the steps are spent, or no step is small enough.

    Args:
        equations: The equations.
        options: When to stop.
        stress: The Reynolds stress, in the form that the equations take.
        unknowns: Where to start.
        force: The driving force to start with.
    """
    case = equations.case
    unit = case.hydraulic_diameter / case.friction_velocity

    def imbalance(x: Unknowns, g: Float[Array, ""]) -> Float[Array, ""]:
        return equations.imbalance(x, equations.balance(x, g, stress), g)

    def unfinished(now: Progress) -> Array:
        going_on = (now.steps < options.max_steps) & (now.time_step > _SMALLEST_STEP * unit)
        return (now.imbalance > options.tolerance) & going_on

    def step(now: Progress) -> Progress:
        change, more = _direction(equations, stress, now)
        largest = equations.largest_relative_change(change)
        share = jnp.minimum(1.0, options.largest_change / jnp.maximum(largest, 1e-30))
        x, g = now.unknowns + share * change, now.force + share * more
        after = imbalance(x, g)
        sound = jnp.isfinite(after)
        growth = jnp.clip(now.imbalance / after, 0.5, _LARGEST_GROWTH)
        growth = jnp.where(growth > 1.0, _STEADY_GROWTH * growth, growth)
        growth = jnp.where(share < 1.0, 0.7, growth)
        return Progress(
            jnp.where(sound, x, now.unknowns),
            jnp.where(sound, g, now.force),
            now.time_step * jnp.where(sound, growth, 0.2),
            jnp.where(sound, after, now.imbalance),
            now.steps + 1,
        )

    first = jnp.asarray(options.time_step * unit, unknowns.dtype)
    start = Progress(unknowns, force, first, imbalance(unknowns, force), jnp.zeros((), jnp.int32))
    return jax.lax.while_loop(unfinished, step, start)


def adjoint(
    equations: MomentumEquations,
    stress: Any,
    solution: tuple[Unknowns, Float[Array, ""]],
    slopes: tuple[Unknowns, Float[Array, ""]],
) -> Unknowns:
    """Derivatives of something by the balances, given those by the unknowns and the driving force.

    With `slopes` by the solution these are -J^-T slopes, J being the Jacobian of balances and constraint.
    """
    unknowns, force = solution
    stencils = _jacobian(lambda x: equations.balance(x, force, stress), unknowns, equations.reach(stress))
    row, corner = equations.constraint_slopes(unknowns)
    column = equations.by_force(unknowns)
    turned = _turned(unknowns)
    found, _ = solve_bordered(transposed(stencils), turned(row), turned(column), corner, turned(slopes[0]), slopes[1])
    return -turned(found)


def _direction(equations: MomentumEquations, stress: Any, now: Progress) -> tuple[Unknowns, Float[Array, ""]]:
    """Newton's change of the unknowns and of the driving force in an implicit step."""
    before = equations.content(now.unknowns)

    def stepped(x: Unknowns) -> Unknowns:
        return (equations.content(x) - before) / now.time_step + equations.balance(x, now.force, stress)

    stencils = _jacobian(stepped, now.unknowns, equations.reach(stress))
    row, corner = equations.constraint_slopes(now.unknowns)
    turned = _turned(now.unknowns)
    change, more = solve_bordered(
        stencils,
        turned(equations.by_force(now.unknowns)),
        turned(row),
        corner,
        -turned(stepped(now.unknowns)),
        -equations.constraint(now.unknowns, now.force),
    )
    return turned(change), more


def _jacobian(function: Callable[[Unknowns], Unknowns], unknowns: Unknowns, reach: int) -> Stencil:
    turned = _turned(unknowns)
    return jacobian(lambda x: turned(function(turned(x))), turned(unknowns), reach=reach)


def _turned(unknowns: Unknowns) -> Callable[[Unknowns], Unknowns]:
    """Exchanges the axes where z is the shorter one, since elimination goes along the longer."""
    rows, columns, _ = unknowns.shape
    return (lambda x: x) if rows >= columns else (lambda x: jnp.swapaxes(x, 0, 1))
