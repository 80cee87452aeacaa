"""Direct solution of a system of stencils: elimination of a block of rows at a time.

Blocks of as many rows as a stencil reaches make the matrix block tridiagonal. The blocks are dense matrices, so the
work is in products and factorisations of matrices, on whatever device: for R rows of C cells with F fields about
4.7 R (C F)^3 r^2 operations with a reach of r.

    D_i' = D_i - L_i X_(i-1),  X_i = D_i'^-1 U_i,  y_i = D_i'^-1 (b_i - L_i y_(i-1)),  x_i = y_i - X_i x_(i+1)

Source: Golub & Van Loan, Matrix Computations, 4th edition (2013), section 4.5.1.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from emulax_rans.stencil import Stencil

Sides = Float[Array, "rows columns field side"]


def solve(stencils: Stencil, right: Sides) -> Sides:
    """Solve `A x = b` for several right-hand sides.

    Args:
        stencils: The matrix; best with the shorter axis for columns.
        right: The right-hand sides, on the last axis.
    """
    rows, columns, fields, period, _, _ = stencils.shape
    reach = max(period // 2, 1)
    size, sides = reach * columns * fields, right.shape[-1]
    blocks = -(-rows // reach)
    missing = blocks * reach - rows
    lines = jnp.concatenate([stencils, _identity(missing, stencils)]).reshape(blocks, reach, *stencils.shape[1:])
    targets = jnp.pad(right, ((0, missing), (0, 0), (0, 0), (0, 0))).reshape(blocks, size, sides)
    row, column, inside = _places(reach, columns, fields, period)

    def eliminate(
        above: tuple[Array, Array], block: tuple[Array, Array]
    ) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
        ratio, partial = above
        line, target = block
        dense = jnp.zeros((size, 3 * size), line.dtype).at[row, column].add(jnp.where(inside, line, 0.0))
        lower, diagonal, upper = jnp.split(dense, 3, axis=1)
        known = jnp.concatenate([upper, target - lower @ partial], axis=1)
        found = jnp.linalg.solve(diagonal - lower @ ratio, known)
        now = found[:, :size], found[:, size:]
        return now, now

    def substitute(below: Array, block: tuple[Array, Array]) -> tuple[Array, Array]:
        ratio, partial = block
        now = partial - ratio @ below
        return now, now

    none = jnp.zeros((size, size), right.dtype), jnp.zeros((size, sides), right.dtype)
    _, eliminated = jax.lax.scan(eliminate, none, (lines, targets))
    _, solution = jax.lax.scan(substitute, none[1], eliminated, reverse=True)
    return solution.reshape(blocks * reach, columns, fields, sides)[:rows]


def _identity(rows: int, like: Stencil) -> Float[Array, "..."]:
    """Rows of an identity matrix, which fill up the last block."""
    _, _, fields, period, _, _ = like.shape
    middle = period // 2
    identity = jnp.zeros((rows, *like.shape[1:]), like.dtype)
    return identity.at[:, :, np.arange(fields), middle, middle, np.arange(fields)].set(1.0)


def _places(reach: int, columns: int, fields: int, period: int) -> tuple[Array, Array, Array]:
    """Row and column in a block row [lower, diagonal, upper] of each stencil's entries, and whether they are inside."""
    r, c, f, i, j, g = np.ogrid[:reach, :columns, :fields, :period, :period, :fields]
    shape = reach, columns, fields, period, period, fields
    half = period // 2
    there = c + j - half
    row = (r * columns + c) * fields + f
    column = ((r + i - half + reach) * columns + np.clip(there, 0, columns - 1)) * fields + g
    inside = (there >= 0) & (there < columns)
    row, column, inside = (jnp.asarray(np.broadcast_to(array, shape)) for array in (row, column, inside))
    return row, column, inside
