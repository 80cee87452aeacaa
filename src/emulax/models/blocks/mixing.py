"""Global exchange between all pixels of a coarse grid."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Float

from emulax.models.blocks.dense import Dense
from emulax.models.blocks.normalisation import GroupNorm
from emulax.models.blocks.precision import MatmulPrecision


class GlobalMixing(nnx.Module):
    """Residual dense map over all pixels, one matrix a head of channels: a learned discrete Green's function.

        y_p = x_p + W_out silu(sum_q G_h[p, q] (W_in norm(x))_q)

    Convolutions carry information a few pixels a layer, whereas pressure is elliptic: every point feels every other at
    once. On the coarsest grid the full matrix is small. W_out starts at zero, so a new block is the identity.

    Args:
        channels: Channels in and out, a multiple of `heads`.
        grid: Pixels (y, x) of the coarse grid.
        heads: Number of matrices.
        groups: Groups of the normalisation.
        precision: Precision of the products.
        rngs: Source of the initial weights.
    """

    def __init__(
        self,
        channels: int,
        grid: tuple[int, int],
        *,
        heads: int,
        groups: int,
        precision: MatmulPrecision,
        rngs: nnx.Rngs,
    ) -> None:
        pixels = grid[0] * grid[1]
        self.heads = heads
        self.precision = precision
        self.norm = GroupNorm(channels, groups)
        self.project_in = Dense(channels, channels, precision=precision, rngs=rngs)
        matrices = jax.nn.initializers.lecun_normal(in_axis=2, out_axis=1, batch_axis=0)
        self.green = nnx.Param(matrices(rngs.params(), (heads, pixels, pixels), jnp.float32))
        self.project_out = Dense(
            channels, channels, kernel_init=jax.nn.initializers.zeros, precision=precision, rngs=rngs
        )

    def __call__(self, x: Float[Array, "batch y x channel"]) -> Float[Array, "batch y x channel"]:
        """The sum of `x` and the response of the whole grid to it."""
        batch, ny, nx, channels = x.shape
        source = self.project_in(self.norm(x)).reshape(batch, ny * nx, self.heads, channels // self.heads)
        response = jnp.einsum("hpq,bqhc->bphc", self.green[...], source, precision=self.precision)
        return x + self.project_out(jax.nn.silu(response.reshape(batch, ny, nx, channels)))
