"""Cell centres of a uniform grid."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array, Float, ScalarLike


def grid_points(shape: tuple[int, ...], cells_per_length: ScalarLike) -> Float[Array, "*space d"]:
    """Centres of the cells, ((i + 0.5) / n, (j + 0.5) / n) for column i and row j, in float32.

    Args:
        shape: Cells `([z,] y, x)`; the components of a point come the other way round, x first.
        cells_per_length: n, cells in one reference length D.
    """
    cells = jnp.asarray(cells_per_length, jnp.float32)
    centres = [(jnp.arange(count, dtype=jnp.float32) + 0.5) / cells for count in shape]
    return jnp.stack(jnp.meshgrid(*centres, indexing="ij")[::-1], axis=-1)
