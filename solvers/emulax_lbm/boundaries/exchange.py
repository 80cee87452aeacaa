"""What walls inside the box and the fluid exchange, by momentum exchange (Ladd 1994) in its Galilean-invariant form.

    F = sum_links [ (c_i' - u_w) f_i' - (c_i - u_w) f_i ]

with the wall's velocity `u_w` (Wen, Zhang, Tu, Wang & Fang 2014, doi 10.1016/j.jcp.2014.02.018): what goes through the
wall takes its momentum along and does not push. It is computed from deviations from rest; the rest state pushes equally
from all sides on a body that is wholly inside.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Float

from emulax_lbm.moments import ordered_sum


class WallExchange(NamedTuple):
    """What walls and fluid exchange in a step.

    Attributes:
        force: Force on the walls.
        moment: Its moment about the case's centre of moments, the component z or the components x, y, z.
        mass: Mass that the fluid gains; interpolation between unequal populations makes or takes a little.
        momentum: Momentum that comes with this mass, which moves with the wall.
    """

    force: Float[Array, "batch d"]
    moment: Float[Array, "batch m"]
    mass: Float[Array, " batch"]
    momentum: Float[Array, "batch d"]


def no_exchange(force: Float[Array, "batch d"]) -> WallExchange:
    """What there is without walls; `force` lends its shape and type."""
    nothing = jnp.zeros_like(force)
    moment = jnp.zeros((len(force), len(_PLANES[force.shape[-1]])), force.dtype)
    return WallExchange(nothing, moment, nothing[:, 0], nothing)


def exchange(
    velocities: Sequence[Sequence[int]],
    arms: Float[Array, "batch population link d"],
    wall_velocity: Float[Array, "batch population link d"] | None,
    arriving: Float[Array, "batch population link"],
    leaving: Float[Array, "batch population link"],
) -> WallExchange:
    """Sum what links exchange.

    Args:
        velocities: Velocity of every population that comes back.
        arms: From the centre of moments to the walls.
        wall_velocity: Velocity of the walls; None where all are at rest.
        arriving: Populations that reach the walls; 0 where there is no link.
        leaving: Populations that come back.
    """
    dimensions = arms.shape[-1]
    pushed, gained = arriving + leaving, leaving - arriving
    against = -jnp.asarray(velocities, arriving.dtype)[None, :, None]
    force, arm = ([vector[..., axis] for axis in range(dimensions)] for vector in (against * pushed[..., None], arms))
    carried = []
    if wall_velocity is not None:
        carried = [gained * wall_velocity[..., axis] for axis in range(dimensions)]
        force = [push + with_mass for push, with_mass in zip(force, carried, strict=True)]
    moment = [arm[a] * force[b] - arm[b] * force[a] for a, b in _PLANES[dimensions]]
    # Populations after links: padding must not change the order.
    sums = ordered_sum(ordered_sum(jnp.stack([*force, *moment, gained, *carried], axis=1)))
    turns = dimensions + len(moment)
    momentum = sums[:, turns + 1 :] if carried else jnp.zeros_like(sums[:, :dimensions])
    return WallExchange(sums[:, :dimensions], sums[:, dimensions:turns], sums[:, turns], momentum)


_PLANES = {2: [(0, 1)], 3: [(1, 2), (2, 0), (0, 1)]}
"""The planes in which moments turn, from the first axis to the second."""
