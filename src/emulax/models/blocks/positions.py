"""Where a pixel lies, as channels."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array, Float


def with_positions(x: Float[Array, "batch y x channel"]) -> Float[Array, "batch y x channel2"]:
    """`x` with two more channels: cell centres scaled to [-1, 1] along y and x.

    Inlet, outlet and sides act from where they are, which a convolution cannot know.
    """
    batch, ny, nx, _ = x.shape
    along_y = (jnp.arange(ny, dtype=jnp.float32) * 2 + 1) / ny - 1
    along_x = (jnp.arange(nx, dtype=jnp.float32) * 2 + 1) / nx - 1
    centres = jnp.stack(jnp.meshgrid(along_y, along_x, indexing="ij"), axis=-1)
    return jnp.concatenate([x, jnp.broadcast_to(centres, (batch, ny, nx, 2))], axis=-1)
