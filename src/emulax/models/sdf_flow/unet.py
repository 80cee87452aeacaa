"""A residual U-Net from geometry and Reynolds number to steady flow."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import jax
from flax import nnx
from jaxtyping import Array, Float

from emulax.core.errors import InputError
from emulax.models.blocks import (
    Dense,
    GlobalMixing,
    GroupNorm,
    MatmulPrecision,
    PatchConvolution,
    PatchDeconvolution,
    ResidualBlock,
    upsample,
    with_positions,
)


@dataclass(frozen=True)
class UNetConfig:
    """Size of the residual U-Net.

    Args:
        widths: Channels of each level, finest first; every level halves the resolution.
        blocks: Residual blocks of each level, both on the way down and on the way up.
        patch: Side of the pixel patches that the stem merges and the head expands: the finest level works at 1/patch of
            the grid's resolution, where most of the cost is.
        group_size: Channels normalised together.
        mixing_heads: Heads of the global exchange on the coarsest level, 0 for none.
        precision: Precision of convolutions and products.
    """

    widths: tuple[int, ...] = (32, 48, 64, 96)
    blocks: int = 1
    patch: int = 2
    group_size: int = 8
    mixing_heads: int = 8
    precision: MatmulPrecision = "highest"

    def __post_init__(self) -> None:
        if not self.widths:
            raise InputError("widths", "is empty, must name at least one level")
        for name in ("blocks", "patch", "group_size"):
            if getattr(self, name) < 1:
                raise InputError(name, f"is {getattr(self, name)}, must be at least 1")
        for width in self.widths:
            if width < 1 or width % self.group_size:
                raise InputError("widths", f"has {width}, must be multiples of group_size {self.group_size}")
        if self.mixing_heads < 0 or (self.mixing_heads and self.widths[-1] % self.mixing_heads):
            raise InputError(
                "mixing_heads", f"is {self.mixing_heads}, must be 0 or divide the last width {self.widths[-1]}"
            )


class UNet(nnx.Module):
    """Residual U-Net.

    Patch stem, levels of residual blocks joined by strided patch convolutions, global mixing on the coarsest level,
    then back up with sums over the skips, and a patch head that starts at zero. Two channels of position in [-1, 1] are
    added to the input, because inlet, outlet and sides act from where they are.

    After Ronneberger et al., "U-Net", MICCAI 2015, doi:10.1007/978-3-319-24574-4_28.

    Args:
        config: Size.
        channels_in: Channels of the encoded input.
        grid: Cells (y, x), a multiple of `patch * 2**(levels - 1)` both ways.
        rngs: Source of the initial weights.
    """

    def __init__(self, config: UNetConfig, channels_in: int, grid: tuple[int, int], *, rngs: nnx.Rngs) -> None:
        factor = config.patch * 2 ** (len(config.widths) - 1)
        if any(cells % factor for cells in grid):
            raise InputError("grid", f"is {grid[0]} x {grid[1]}, must be multiples of {factor} for this U-Net")
        self.config = config
        widths, precision = config.widths, config.precision
        patch = (config.patch, config.patch)

        def blocks(width: int) -> nnx.Sequential:
            groups = width // config.group_size
            return nnx.Sequential(
                *(ResidualBlock(width, groups=groups, precision=precision, rngs=rngs) for _ in range(config.blocks))
            )

        pairs = list(pairwise(widths))
        self.stem = PatchConvolution(channels_in + 2, widths[0], patch, precision=precision, rngs=rngs)
        self.down = nnx.List([blocks(width) for width in widths[:-1]])
        self.merge = nnx.List(
            [PatchConvolution(fine, coarse, (2, 2), precision=precision, rngs=rngs) for fine, coarse in pairs]
        )
        bottom: list[nnx.Module] = [blocks(widths[-1])]
        if config.mixing_heads:
            heads, groups = config.mixing_heads, widths[-1] // config.group_size
            coarsest = (grid[0] // factor, grid[1] // factor)
            bottom.append(
                GlobalMixing(widths[-1], coarsest, heads=heads, groups=groups, precision=precision, rngs=rngs)
            )
            bottom.append(blocks(widths[-1]))
        self.bottom = nnx.Sequential(*bottom)
        self.expand = nnx.List([Dense(coarse, fine, precision=precision, rngs=rngs) for fine, coarse in pairs])
        self.up = nnx.List([blocks(width) for width in widths[:-1]])
        self.norm = GroupNorm(widths[0], widths[0] // config.group_size)
        self.head = PatchDeconvolution(
            widths[0], 3, patch, kernel_init=jax.nn.initializers.zeros, precision=precision, rngs=rngs
        )

    def __call__(self, x: Float[Array, "batch y x channel"]) -> Float[Array, "batch y x 3"]:
        """Normalised fields from encoded inputs."""
        x = self.stem(with_positions(x))
        skips = []
        for blocks, merge in zip(self.down, self.merge, strict=True):
            x = blocks(x)
            skips.append(x)
            x = merge(x)
        x = self.bottom(x)
        for blocks, expand, skip in reversed(list(zip(self.up, self.expand, skips, strict=True))):
            x = blocks(skip + upsample(expand(x), 2))
        return self.head(jax.nn.silu(self.norm(x)))
