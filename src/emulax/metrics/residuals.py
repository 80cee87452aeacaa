"""Residuals of the governing equations that need no reference solution: one number per sample."""

from __future__ import annotations

from typing import TypeVar

import jax
import numpy as np
from jaxtyping import Bool, Float

ArrayT = TypeVar("ArrayT", jax.Array, np.ndarray)


def divergence(
    velocity: Float[ArrayT, "batch y x 2"], mask: Bool[ArrayT, "batch y x"], *, cells_per_length: int
) -> Float[ArrayT, " batch"]:
    """Root mean square of `du/dx + dv/dy` in units of U / D, by central differences.

    Only fluid cells with four fluid neighbours count, so that no difference crosses a wall.

    Args:
        velocity: Velocity in units of U.
        mask: True in fluid.
        cells_per_length: Cells in D.
    """
    xp = velocity.__array_namespace__()
    u, v = velocity[..., 0], velocity[..., 1]
    dudx = u[..., 1:-1, 2:] - u[..., 1:-1, :-2]
    dvdy = v[..., 2:, 1:-1] - v[..., :-2, 1:-1]
    inside = (
        mask[..., 1:-1, 1:-1] & mask[..., 1:-1, 2:] & mask[..., 1:-1, :-2] & mask[..., 2:, 1:-1] & mask[..., :-2, 1:-1]
    )
    squares = ((dudx + dvdy) * (cells_per_length / 2)) ** 2
    total = xp.where(inside, squares, xp.zeros_like(squares)).sum(axis=(-2, -1))
    return xp.sqrt(total / inside.sum(axis=(-2, -1), dtype=velocity.dtype))
