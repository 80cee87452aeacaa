"""Non-overlapping patches: convolutions and transposed convolutions whose stride equals their kernel.

Each patch is then mapped on its own, so both are one matrix product and a reshape, which is exact and fast on every
device.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import jax
import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Float

from emulax.models.blocks.dense import LECUN_NORMAL, Dense
from emulax.models.blocks.precision import MatmulPrecision


def to_patches(
    x: Float[Array, "batch y x channel"], patch: tuple[int, int]
) -> Float[Array, "batch rows columns features"]:
    """Cut an image in patches of `patch` (y, x) pixels; features run over (y in patch, x in patch, channel)."""
    batch, ny, nx, channels = x.shape
    py, px = patch
    x = x.reshape(batch, ny // py, py, nx // px, px, channels)
    return x.transpose(0, 1, 3, 2, 4, 5).reshape(batch, ny // py, nx // px, py * px * channels)


def from_patches(
    x: Float[Array, "batch rows columns features"], patch: tuple[int, int]
) -> Float[Array, "batch y x channel"]:
    """Put patches back together; the inverse of `to_patches`."""
    batch, rows, columns, _ = x.shape
    py, px = patch
    return from_nested_patches(x.reshape(batch, rows * columns, py * px, -1), [(rows, columns), patch])


def from_nested_patches(
    x: Float[Array, "batch *pixels channel"], patches: Sequence[tuple[int, int]]
) -> Float[Array, "batch y x channel"]:
    """Put patches of patches back together, with one rearrangement for all levels.

    Args:
        x: One axis of pixels for each level, coarsest first.
        patches: Pixels (y, x) of each level.
    """
    levels = len(patches)
    sides = [side for patch in patches for side in patch]
    ny, nx = (math.prod(patch[axis] for patch in patches) for axis in range(2))
    order = (0, *range(1, 2 * levels, 2), *range(2, 2 * levels + 1, 2), 2 * levels + 1)
    batch, channels = x.shape[0], x.shape[-1]
    return x.reshape(batch, *sides, channels).transpose(order).reshape(batch, ny, nx, channels)


def upsample(x: Float[Array, "batch y x channel"], factor: int) -> Float[Array, "batch y2 x2 channel"]:
    """Repeat every pixel `factor` times along y and x (nearest neighbour)."""
    batch, ny, nx, channels = x.shape
    shape = (batch, ny, factor, nx, factor, channels)
    return jnp.broadcast_to(x[:, :, None, :, None], shape).reshape(batch, ny * factor, nx * factor, channels)


class PatchConvolution(nnx.Module):
    """Convolution with stride = kernel = `patch`: one linear map from the pixels of a patch to `channels_out`."""

    def __init__(
        self,
        channels_in: int,
        channels_out: int,
        patch: tuple[int, int],
        *,
        precision: MatmulPrecision,
        rngs: nnx.Rngs,
    ) -> None:
        self.patch = patch
        features = patch[0] * patch[1] * channels_in
        self.linear = Dense(features, channels_out, precision=precision, rngs=rngs)

    def __call__(self, x: Float[Array, "batch y x channel"]) -> Float[Array, "batch rows columns channel2"]:
        """One output pixel for each patch of `x`."""
        return self.linear(to_patches(x, self.patch))


class PatchDeconvolution(nnx.Module):
    """Transposed convolution with stride = kernel = `patch`: every pixel becomes a patch of `channels_out` channels."""

    def __init__(
        self,
        channels_in: int,
        channels_out: int,
        patch: tuple[int, int],
        *,
        kernel_init: jax.nn.initializers.Initializer = LECUN_NORMAL,
        precision: MatmulPrecision,
        rngs: nnx.Rngs,
    ) -> None:
        self.patch = patch
        self.channels_out = channels_out
        self.linear = Dense(
            channels_in,
            patch[0] * patch[1] * channels_out,
            kernel_init=kernel_init,
            use_bias=False,
            precision=precision,
            rngs=rngs,
        )
        self.bias = nnx.Param(jnp.zeros((channels_out,), jnp.float32))

    def __call__(self, x: Float[Array, "batch rows columns channel"]) -> Float[Array, "batch y x channel2"]:
        """One output patch for each pixel of `x`."""
        batch, rows, columns, _ = x.shape
        pixels = self.expand(x.reshape(batch, rows * columns, -1))
        return from_nested_patches(pixels, [(rows, columns), self.patch])

    def expand(self, x: Float[Array, "*pixels channel"]) -> Float[Array, "*pixels pixel channel2"]:
        """The pixels of each output patch along an axis of their own, for `from_nested_patches`."""
        pixels = self.linear(x).reshape(-1, self.channels_out) + self.bias[None]
        return pixels.reshape(*x.shape[:-1], math.prod(self.patch), self.channels_out)
