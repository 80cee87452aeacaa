"""Cell centres of a uniform grid."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array, Float, ScalarLike


def grid_points(shape: tuple[int, int], cells_per_length: ScalarLike) -> Float[Array, "y x 2"]:
    """Centres of the cells, ((i + 0.5) / n, (j + 0.5) / n) for column i and row j, in float32.

    Args:
        shape: Cells in y and in x.
        cells_per_length: n, cells in one reference length D.
    """
    cells = jnp.asarray(cells_per_length, jnp.float32)
    x = (jnp.arange(shape[1], dtype=jnp.float32) + 0.5) / cells
    y = (jnp.arange(shape[0], dtype=jnp.float32) + 0.5) / cells
    return jnp.stack(jnp.meshgrid(x, y), axis=-1)
