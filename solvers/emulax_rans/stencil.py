"""Jacobians of functions whose values depend on their neighbourhood alone, by as many derivatives as it has cells.

Columns whose stencils do not overlap share one directional derivative (Curtis, Powell & Reid 1974,
doi:10.1093/imamat/13.1.117). With a reach of r cells, every (2r+1)th cell along both axes does.
"""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

Unknowns = Float[Array, "rows columns field"]
Stencil = Float[Array, "rows columns field reach_rows reach_columns field"]
"""Derivatives by offset: [r, c, f, i, j, g] is that of f at (r, c) by g at (r + i - reach, c + j - reach)."""

_TOGETHER = 25
"""Directional derivatives that are taken at once."""


def jacobian(function: Callable[[Unknowns], Unknowns], at: Unknowns, *, reach: int) -> Stencil:
    """Jacobian of a function, in the form of stencils.

    Args:
        function: Takes and gives values at cells.
        at: Where to take its derivatives.
        reach: Cells along either axis up to which a value depends on an unknown.
    """
    rows, columns, fields = at.shape
    period = 2 * reach + 1
    colour = np.arange(rows)[:, None] % period * period + np.arange(columns) % period
    _, derivative = jax.linearize(function, at)

    def along(which: Array) -> Unknowns:
        direction = (colour[..., None] == which[1]) & (np.arange(fields)[None, None] == which[0])
        return derivative(direction.astype(at.dtype))

    which = np.stack(np.meshgrid(np.arange(fields), np.arange(period**2), indexing="ij"), axis=-1).reshape(-1, 2)
    found = jax.lax.map(along, jnp.asarray(which), batch_size=_TOGETHER)
    by_colour = found.reshape(fields, period**2, rows, columns, fields).transpose(2, 3, 1, 4, 0)
    # A value sees exactly one cell of each colour: which one, is a matter of its own place.
    offsets = np.arange(-reach, reach + 1)
    seen_rows, seen_columns = (np.arange(count)[:, None] + offsets for count in (rows, columns))
    seen = seen_rows[:, None, :, None] % period * period + seen_columns[None, :, None, :] % period
    inside = _inside(seen_rows, rows)[:, None, :, None] & _inside(seen_columns, columns)[None, :, None, :]
    seen, inside = (array.reshape(rows, columns, period**2, 1, 1) for array in (seen, inside))
    stencils = jnp.where(jnp.asarray(inside), jnp.take_along_axis(by_colour, jnp.asarray(seen), axis=2), 0.0)
    return stencils.reshape(rows, columns, period, period, fields, fields).transpose(0, 1, 4, 2, 3, 5)


def transposed(stencils: Stencil) -> Stencil:
    """The stencils of the transposed matrix."""
    rows, columns, _, period, _, _ = stencils.shape
    reach = period // 2
    around = ((reach, reach), (reach, reach), (0, 0), (0, 0), (0, 0), (0, 0))
    padded = jnp.pad(stencils, around).transpose(0, 1, 5, 3, 4, 2)
    offsets = range(period)
    return jnp.stack(
        [
            jnp.stack([padded[i : i + rows, j : j + columns, :, -1 - i, -1 - j] for j in offsets], axis=3)
            for i in offsets
        ],
        axis=3,
    )


def _inside(positions: np.ndarray, count: int) -> np.ndarray:
    return (positions >= 0) & (positions < count)
