"""Residuals of the governing equations that need no reference solution: one number per sample."""

from __future__ import annotations

from itertools import product
from typing import Any, TypeVar

import jax
import numpy as np
from jaxtyping import Bool, Float

ArrayT = TypeVar("ArrayT", jax.Array, np.ndarray)

_LEAST_SLOPE = 1e-12


def divergence(
    velocity: Float[ArrayT, "batch *space d"], mask: Bool[ArrayT, " batch *space"], *, cells_per_length: int
) -> Float[ArrayT, " batch"]:
    """Root mean square of `du/dx + dv/dy[ + dw/dz]` in units of U / D, by central differences.

    Only fluid cells whose neighbours along all axes are fluid count, so that no difference crosses a wall.

    Args:
        velocity: Velocity in units of U, components x, y[, z].
        mask: True in fluid.
        cells_per_length: Cells in D.
    """
    across, counts = cell_divergence(velocity, mask)
    return _root_mean((across * cells_per_length) ** 2, counts, velocity.dtype)


def cell_divergence(
    velocity: Float[ArrayT, "batch *space d"], mask: Bool[ArrayT, " batch *space"]
) -> tuple[Float[ArrayT, " batch *space"], Bool[ArrayT, " batch *space"]]:
    """Central difference of the velocity across each cell, `dx div u` in units of U.

    Args:
        velocity: Velocity in units of U, components x, y[, z].
        mask: True in fluid.

    Returns:
        The difference, zero where it does not count, and where it counts: in fluid cells whose neighbours along all
        axes are fluid cells in the box.
    """
    xp: Any = velocity.__array_namespace__()
    dimensions = mask.ndim - 1
    middle = (slice(None), *[slice(1, -1)] * dimensions)
    counts, total = mask[middle], xp.zeros_like(velocity[..., 0][middle])
    for component in range(dimensions):
        axis = dimensions - component
        after, before = (
            tuple(way if k == axis else part for k, part in enumerate(middle)) for way in (slice(2, None), slice(-2))
        )
        counts = counts & mask[after] & mask[before]
        total = total + 0.5 * (velocity[..., component][after] - velocity[..., component][before])
    edge = ((0, 0), *[(1, 1)] * dimensions)
    return xp.pad(xp.where(counts, total, xp.zeros_like(total)), edge), xp.pad(counts, edge)


def no_slip(
    velocity: Float[ArrayT, "batch *space d"],
    mask: Bool[ArrayT, " batch *space"],
    *,
    sdf: Float[ArrayT, " batch *space"],
    cells_per_length: int,
) -> Float[ArrayT, " batch"]:
    """Root mean square of the velocity at the wall, which should be zero, in units of U.

    It is carried there along the normal by the parabola through a fluid cell at a distance d of at most one cell and
    two points one and two cells farther from the wall:

        u(0) = (d + 1)(d + 2) / 2 u(d) - d (d + 2) u(d + 1) + d (d + 1) / 2 u(d + 2)

    with d in cells and linear interpolation along each axis at the two points. Where that takes a solid cell, as in a
    corner, the fluid cell does not count. Zero where no cell counts.

    Args:
        velocity: Velocity in units of U, components x, y[, z].
        mask: True in fluid.
        sdf: Signed distance to the wall in units of D.
        cells_per_length: Cells in D.
    """
    xp: Any = velocity.__array_namespace__()
    dimensions = mask.ndim - 1
    # Gradient of the SDF in the order of the array's axes: it points from the wall into the fluid.
    slopes = xp.stack([xp.gradient(sdf, axis=axis) for axis in range(1, dimensions + 1)], axis=-1)
    normal = slopes / xp.maximum(xp.sqrt((slopes * slopes).sum(axis=-1)), _LEAST_SLOPE)[..., None]
    first, first_counts = _along(velocity, mask, normal)
    second, second_counts = _along(velocity, mask, 2 * normal)
    d = (sdf * cells_per_length)[..., None]
    at_wall = (d + 1) * (d + 2) / 2 * velocity - d * (d + 2) * first + d * (d + 1) / 2 * second
    counts = mask & (d[..., 0] <= 1) & first_counts & second_counts
    squares = xp.where(counts[..., None], at_wall, xp.zeros_like(at_wall)) ** 2
    return _root_mean(squares.sum(axis=-1), counts, velocity.dtype)


def _along(velocity: Any, mask: Any, way: Any) -> tuple[Any, Any]:
    """Velocity `way` cells from each cell, by linear interpolation, and whether all cells that this takes are fluid."""
    xp = velocity.__array_namespace__()
    space, dimensions = mask.shape[1:], mask.ndim - 1
    low = xp.floor(way)
    fraction = way - low
    here = np.stack(np.indices(space), axis=-1)
    base = low.astype(xp.int32) + xp.asarray(here[None], xp.int32)
    strides = np.array([int(np.prod(space[axis + 1 :])) for axis in range(dimensions)])
    values, fluid = velocity.reshape(len(velocity), -1, dimensions), mask.reshape(len(mask), -1)
    total, counts = xp.zeros_like(velocity), xp.ones_like(mask)
    for corner in product((0, 1), repeat=dimensions):
        cell = [base[..., axis] + corner[axis] for axis in range(dimensions)]
        there = xp.ones_like(mask)
        flat = xp.zeros_like(base[..., 0])
        weight = xp.ones_like(velocity[..., 0])
        for axis in range(dimensions):
            there = there & (cell[axis] >= 0) & (cell[axis] < space[axis])
            flat = flat + xp.clip(cell[axis], 0, space[axis] - 1) * int(strides[axis])
            weight = weight * (fraction[..., axis] if corner[axis] else 1 - fraction[..., axis])
        index = flat.reshape(len(flat), -1)
        found = xp.take_along_axis(values, index[..., None], axis=1).reshape(velocity.shape)
        there = there & xp.take_along_axis(fluid, index, axis=1).reshape(mask.shape)
        counts = counts & (there | (weight == 0))
        total = total + xp.where((there & (weight != 0))[..., None], found, xp.zeros_like(found)) * weight[..., None]
    return total, counts


def _root_mean(squares: Any, counts: Any, dtype: Any) -> Any:
    """Root of the mean of squares over the cells that count, per sample; zero where none does."""
    xp = squares.__array_namespace__()
    cells = tuple(range(1, counts.ndim))
    number = xp.maximum(counts.sum(axis=cells, dtype=dtype), xp.ones((), dtype))
    return xp.sqrt(squares.sum(axis=cells) / number)
