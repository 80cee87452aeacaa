"""Rotation of the flow: derivatives of the velocity, vorticity and the Q criterion.

Derivatives are second-order differences between the centres of fluid cells: central where both neighbours along an
axis are fluid, else one-sided with the two fluid cells that follow. Solid cells and what lies beyond the box are never
read, and nothing is assumed of a wall's velocity. Where a gap leaves one neighbour the difference is of first order,
where it leaves none the derivative is zero.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from emulax_lbm.checks import require_array, require_components, require_kind, require_positive
from emulax_lbm.errors import CaseError


def velocity_gradient(
    velocity: Float[Array | np.ndarray, "... d"],
    sdf: Float[Array | np.ndarray, "..."],
    *,
    cells_per_length: float,
    periodic: Collection[int] = (),
) -> Float[Array, "... d d"]:
    """Derivatives `G_ab = du_a / dx_b` at the cell centres, in units of U / D; zero in solid cells.

    Args:
        velocity: In units of U, axes `[batch] [z] y x`, components x, y[, z] last.
        sdf: Signed distance, positive in fluid; axes as those of the velocity.
        cells_per_length: Cells in D.
        periodic: Axes along which the box repeats, 0 for x: differences reach across its edges.

    Raises:
        CaseError: A periodic axis that the flow does not have, or distances that are not those of its cells.
    """
    require_array("velocity", velocity, finite=False)
    require_components("velocity", velocity, 2, 3)
    require_array("sdf", sdf, finite=False)
    require_positive("cells_per_length", cells_per_length)
    require_kind("periodic", periodic, Collection, "a tuple of axes")
    dimensions = velocity.shape[-1]
    if not set(periodic) <= set(range(dimensions)):
        raise CaseError("periodic", f"is {tuple(periodic)}, must hold axes from 0 (x) to {dimensions - 1}")
    if velocity.ndim <= dimensions or sdf.shape != velocity.shape[:-1]:
        raise CaseError("sdf", f"has shape {sdf.shape}, must be that of the velocity's cells, {velocity.shape[:-1]}")
    repeats = tuple(axis in periodic for axis in range(dimensions))
    return _differences(jnp.asarray(velocity), jnp.asarray(sdf), repeats) * float(cells_per_length)


def vorticity(
    velocity: Float[Array | np.ndarray, "... d"],
    sdf: Float[Array | np.ndarray, "..."],
    *,
    cells_per_length: float,
    periodic: Collection[int] = (),
) -> Float[Array, "..."]:
    """Vorticity in units of U / D: `dv/dx - du/dy` in two dimensions, the vector `curl u` (components last) in three.

    Args and errors are those of `velocity_gradient`.
    """
    g = velocity_gradient(velocity, sdf, cells_per_length=cells_per_length, periodic=periodic)
    if velocity.shape[-1] == 2:
        return g[..., 1, 0] - g[..., 0, 1]
    cyclic = ((2, 1), (0, 2), (1, 0))
    return jnp.stack([g[..., a, b] - g[..., b, a] for a, b in cyclic], axis=-1)


def q_criterion(
    velocity: Float[Array | np.ndarray, "... d"],
    sdf: Float[Array | np.ndarray, "..."],
    *,
    cells_per_length: float,
    periodic: Collection[int] = (),
) -> Float[Array, "..."]:
    """Excess of rotation over strain, positive inside a vortex, in units of U^2 / D^2 (Hunt, Wray & Moin 1988).

        Q = (|Omega|^2 - |S|^2) / 2 = - G_ab G_ba / 2

    with the strain rate S and the rotation rate Omega, the symmetric and antisymmetric parts of the gradient G. Source:
    Eddies, streams and convergence zones in turbulent flows, Center for Turbulence Research report CTR-S88, p. 193.

    Args and errors are those of `velocity_gradient`.
    """
    g = velocity_gradient(velocity, sdf, cells_per_length=cells_per_length, periodic=periodic)
    return -0.5 * jnp.sum(g * jnp.swapaxes(g, -1, -2), axis=(-1, -2))


@partial(jax.jit, static_argnums=2)
def _differences(u: Array, sdf: Array, repeats: tuple[bool, ...]) -> Array:
    """Derivatives per cell along all axes, the axis on the last."""
    fluid = (sdf > 0.0)[..., None]
    return jnp.stack([_difference(u, fluid, -2 - axis, again) for axis, again in enumerate(repeats)], axis=-1)


def _difference(u: Array, fluid: Array, axis: int, repeats: bool) -> Array:
    """Derivative along an axis, per cell."""
    up, up2, down, down2 = (_neighbour(u, axis, step, repeats) for step in (1, 2, -1, -2))
    has_up, has_up2, has_down, has_down2 = (_neighbour(fluid, axis, step, repeats) for step in (1, 2, -1, -2))
    cases = [
        (has_up & has_down, 0.5 * (up - down)),
        (has_up & has_up2, -1.5 * u + 2.0 * up - 0.5 * up2),
        (has_down & has_down2, 1.5 * u - 2.0 * down + 0.5 * down2),
        (has_up, up - u),
        (has_down, u - down),
    ]
    conditions = [jnp.broadcast_to(fluid & condition, u.shape) for condition, _ in cases]
    return jnp.select(conditions, [value for _, value in cases], jnp.zeros_like(u))


def _neighbour(field: Array, axis: int, step: int, repeats: bool) -> Array:
    """What lies `step` cells up an axis; zero (or False) beyond the box unless it repeats."""
    moved = jnp.roll(field, -step, axis)
    if repeats:
        return moved
    cells = field.shape[axis]
    there = np.arange(cells) + step
    shape = [1] * field.ndim
    shape[axis] = cells
    inside = jnp.asarray(((there >= 0) & (there < cells)).reshape(shape))
    return jnp.where(inside, moved, jnp.zeros_like(moved))
