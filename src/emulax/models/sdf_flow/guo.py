"""The convolutional encoder with one decoder a component of Guo, Li & Iorio (2016)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import jax
import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Float

from emulax.core.errors import InputError
from emulax.models.blocks import (
    Deconvolutions,
    Dense,
    MatmulPrecision,
    PatchConvolution,
    PatchDeconvolution,
    from_nested_patches,
)

_ENCODER = (128, 512)
_CODE = 1024
_DECODER = (512, 256, 32)
# Columns of patches along x after the first convolution, and of the second deconvolution's patches times four.
_COLUMNS = {2: 16, 3: 8}
_DECODED = {2: 32, 3: 8}


@dataclass(frozen=True)
class GuoConfig:
    """Size of Guo's network.

    Args:
        width_scale: Factor on all published widths; 1 is the network of the paper.
        encoders: One encoder for all components, or one for each; the paper compares both.
        pressure: Decode the pressure as well, which the paper does not; without, the network gives its mean.
        precision: Precision of the products.
    """

    width_scale: float = 1.0
    encoders: Literal["shared", "separate"] = "shared"
    pressure: bool = True
    precision: MatmulPrecision = "highest"

    def __post_init__(self) -> None:
        if not 0 < self.width_scale < math.inf:
            raise InputError("width_scale", f"is {self.width_scale}, must be positive")

    def width(self, published: int) -> int:
        """A published width in this configuration."""
        return max(1, round(self.width_scale * published))


class GuoNet(nnx.Module):
    """One encoder, or one a component, and one decoder for each of u, v[, w] and p.

        encoder  conv 128 @ 16x16 stride 16, conv 512 @ 4x4 stride 4, fully connected 1024
        decoder  deconv 512 @ 8x4, deconv 256 @ 8x8 stride 8, deconv 32 @ 2x2 stride 2, deconv 1 @ 2x2 stride 2

    for 256 x 128 cells; every stride equals its kernel. On another grid the first convolution and the second
    deconvolution change theirs in proportion, so that the network sees the box in the same 16 columns of patches. In
    three dimensions all kernels are cubes and there are 8 such columns: for 32 x 32 x 32 cells

        encoder  conv 128 @ 4 stride 4, conv 512 @ 4 stride 4, fully connected 1024
        decoder  deconv 512 @ 2, deconv 256 @ 4 stride 4, deconv 32 @ 2 stride 2, deconv 1 @ 2 stride 2

    with the widths of the plane; the sizes of the paper's own network in three dimensions are not in the sources that
    we know.

    The sizes come by way of a re-implementation of the paper for 256 x 256 cells, as its own text was not at hand; the
    first deconvolution's 8x4 and the rectified linear units between layers are what they ask for. Ours are the decoder
    for pressure, and the channel of the Reynolds number, which was fixed in the paper.

    Source: Guo, Li & Iorio, "Convolutional neural networks for steady flow approximation", KDD 2016,
    doi:10.1145/2939672.2939738.

    Args:
        config: Size.
        channels_in: Channels of the encoded input.
        grid: Cells ([z,] y, x): x a multiple of 32, y (and z) multiples of x/4 (in three dimensions of x/2).
        rngs: Source of the initial weights.
    """

    def __init__(self, config: GuoConfig, channels_in: int, grid: tuple[int, ...], *, rngs: nnx.Rngs) -> None:
        unit = grid[-1] // (_COLUMNS[len(grid)] // 4)
        if grid[-1] < 32 or grid[-1] % 32 or any(cells < unit or cells % unit for cells in grid):
            raise InputError(
                "grid",
                f"is {' x '.join(map(str, grid))}, must have x a multiple of 32 and the others multiples of {unit} for"
                " Guo's network",
            )
        self.config = config
        components = len(grid) + config.pressure
        encoders = components if config.encoders == "separate" else 1
        self.encoders = nnx.List([_Encoder(config, channels_in, grid, rngs=rngs) for _ in range(encoders)])
        self.decoders = nnx.List([_Decoder(config, grid, rngs=rngs) for _ in range(components)])

    def __call__(self, x: Float[Array, "batch *space channel"]) -> Float[Array, "batch *space component"]:
        """Normalised fields from encoded inputs."""
        codes = [encoder(x) for encoder in self.encoders]
        codes *= len(self.decoders) // len(codes)
        decoded = [decode(code) for decode, code in zip(self.decoders, codes, strict=True)]
        mean = [] if self.config.pressure else [jnp.zeros_like(decoded[0])]
        return jnp.concatenate([*decoded, *mean], axis=-1)


class _Encoder(nnx.Module):
    """From the whole grid to the code."""

    def __init__(self, config: GuoConfig, channels_in: int, grid: tuple[int, ...], *, rngs: nnx.Rngs) -> None:
        first, second, code = config.width(_ENCODER[0]), config.width(_ENCODER[1]), config.width(_CODE)
        patch = grid[-1] // _COLUMNS[len(grid)]
        pixels = math.prod(cells // (4 * patch) for cells in grid)
        precision = config.precision
        self.conv1 = PatchConvolution(channels_in, first, (patch,) * len(grid), precision=precision, rngs=rngs)
        self.conv2 = PatchConvolution(first, second, (4,) * len(grid), precision=precision, rngs=rngs)
        self.dense = Dense(pixels * second, code, precision=precision, rngs=rngs)

    def __call__(self, x: Float[Array, "batch *space channel"]) -> Float[Array, "batch code"]:
        x = jax.nn.relu(self.conv1(x))
        x = jax.nn.relu(self.conv2(x))
        return jax.nn.relu(self.dense(x.reshape(x.shape[0], -1)))


class _Decoder(Deconvolutions):
    """From the code to one component on the whole grid.

    Strides equal kernels, so pixels can be put in place once, at the end.
    """

    def __init__(self, config: GuoConfig, grid: tuple[int, ...], *, rngs: nnx.Rngs) -> None:
        stride = grid[-1] // _DECODED[len(grid)]
        base = tuple(cells // (4 * stride) for cells in grid)
        he, zeros = jax.nn.initializers.he_normal(), jax.nn.initializers.zeros
        sides = [(stride,) * len(grid), (2,) * len(grid), (2,) * len(grid)]
        plan = list(zip([base, *sides], [he, he, he, zeros], strict=True))
        widths = [config.width(_CODE), *(config.width(width) for width in _DECODER), 1]
        super().__init__(
            [
                PatchDeconvolution(before, after, patch, kernel_init=init, precision=config.precision, rngs=rngs)
                for before, after, (patch, init) in zip(widths[:-1], widths[1:], plan, strict=True)
            ]
        )

    def __call__(self, code: Float[Array, "batch code"]) -> Float[Array, "batch *space 1"]:
        return from_nested_patches(super().__call__(code), [layer.patch for layer in self.layers])
