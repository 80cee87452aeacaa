"""Linear systems of stencils with one more unknown and one more equation: the driving force and what fixes it."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array, Float

from emulax_rans.block_tridiagonal import solve
from emulax_rans.stencil import Stencil, Unknowns


def solve_bordered(
    stencils: Stencil,
    column: Unknowns,
    row: Unknowns,
    corner: float,
    right: Unknowns,
    last: Float[Array, ""],
) -> tuple[Unknowns, Float[Array, ""]]:
    """Solve `A x + c g = b`, `r . x + d g = s` for x and g.

    Args:
        stencils: A.
        column: c.
        row: r.
        corner: d.
        right: b.
        last: s.
    """
    both = solve(stencils, jnp.stack([right, column], axis=-1))
    alone, shift = both[..., 0], both[..., 1]
    more = (last - (row * alone).sum()) / (corner - (row * shift).sum())
    return alone - more * shift, more
