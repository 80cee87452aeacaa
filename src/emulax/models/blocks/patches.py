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


def to_patches(x: Float[Array, "batch *space channel"], patch: tuple[int, ...]) -> Float[Array, "batch *rows features"]:
    """Cut an image in patches of `patch` ([z,] y, x) pixels; features run over (pixel in patch, channel)."""
    rows = [cells // side for cells, side in zip(x.shape[1:-1], patch, strict=True)]
    split = x.reshape(x.shape[0], *(n for pair in zip(rows, patch, strict=True) for n in pair), x.shape[-1])
    return split.transpose(_outer_axes_first(len(patch))).reshape(x.shape[0], *rows, math.prod(patch) * x.shape[-1])


def from_nested_patches(
    x: Float[Array, "batch *pixels channel"], patches: Sequence[tuple[int, ...]]
) -> Float[Array, "batch *space channel"]:
    """Put patches, or patches of patches, back together, with one rearrangement for all levels.

    Args:
        x: One axis of pixels for each level, coarsest first.
        patches: Pixels ([z,] y, x) of each level.
    """
    levels, dimensions = len(patches), len(patches[0])
    sides = [side for patch in patches for side in patch]
    axes = (1 + level * dimensions + axis for axis in range(dimensions) for level in range(levels))
    order = (0, *axes, 1 + levels * dimensions)
    space = [math.prod(patch[axis] for patch in patches) for axis in range(dimensions)]
    return x.reshape(x.shape[0], *sides, x.shape[-1]).transpose(order).reshape(x.shape[0], *space, x.shape[-1])


def _outer_axes_first(dimensions: int) -> tuple[int, ...]:
    """From (batch, row, pixel, row, pixel, ..., channel) to (batch, rows, pixels, channel)."""
    return (0, *range(1, 2 * dimensions, 2), *range(2, 2 * dimensions + 1, 2), 2 * dimensions + 1)


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
        patch: tuple[int, ...],
        *,
        precision: MatmulPrecision,
        rngs: nnx.Rngs,
    ) -> None:
        self.patch = patch
        features = math.prod(patch) * channels_in
        self.linear = Dense(features, channels_out, precision=precision, rngs=rngs)

    def __call__(self, x: Float[Array, "batch *space channel"]) -> Float[Array, "batch *rows channel2"]:
        """One output pixel for each patch of `x`."""
        return self.linear(to_patches(x, self.patch))


class PatchDeconvolution(nnx.Module):
    """Transposed convolution with stride = kernel = `patch`: every pixel becomes a patch of `channels_out` channels."""

    def __init__(
        self,
        channels_in: int,
        channels_out: int,
        patch: tuple[int, ...],
        *,
        kernel_init: jax.nn.initializers.Initializer = LECUN_NORMAL,
        precision: MatmulPrecision,
        rngs: nnx.Rngs,
    ) -> None:
        self.patch = patch
        self.channels_out = channels_out
        self.linear = Dense(
            channels_in,
            math.prod(patch) * channels_out,
            kernel_init=kernel_init,
            use_bias=False,
            precision=precision,
            rngs=rngs,
        )
        self.bias = nnx.Param(jnp.zeros((channels_out,), jnp.float32))

    def __call__(self, x: Float[Array, "batch *rows channel"]) -> Float[Array, "batch *space channel2"]:
        """One output patch for each pixel of `x`."""
        rows = x.shape[1:-1]
        pixels = self.expand(x.reshape(x.shape[0], math.prod(rows), x.shape[-1]))
        return from_nested_patches(pixels, [rows, self.patch])

    def expand(self, x: Float[Array, "*pixels channel"]) -> Float[Array, "*pixels pixel channel2"]:
        """The pixels of each output patch along an axis of their own, for `from_nested_patches`."""
        pixels = self.linear(x).reshape(-1, self.channels_out) + self.bias[None]
        return pixels.reshape(*x.shape[:-1], math.prod(self.patch), self.channels_out)
