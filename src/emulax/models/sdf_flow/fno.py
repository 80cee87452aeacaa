"""A Fourier neural operator from geometry and Reynolds number to steady flow."""

from __future__ import annotations

import math
from dataclasses import dataclass

import jax
from flax import nnx
from jaxtyping import Array, Float

from emulax.core.errors import InputError
from emulax.models.blocks import (
    Dense,
    GroupNorm,
    MatmulPrecision,
    PatchConvolution,
    PatchDeconvolution,
    SpectralConvolution,
    check_modes,
    with_positions,
)


@dataclass(frozen=True)
class FNOConfig:
    """Size of the Fourier neural operator.

    Args:
        width: Channels.
        blocks: Number of blocks.
        modes: Largest wave number (y, x) that the blocks mix, in periods across the padded box.
        padding: Zeros around the box as a share of its cells. The flow is not periodic, and zeros cost nothing here.
        patch: Side of the pixel patches that the lift merges and the projection expands; 1 for the original network.
        group_size: Channels normalised together.
        precision: Precision of the products.
    """

    width: int = 32
    blocks: int = 4
    modes: tuple[int, int] = (8, 12)
    padding: float = 0.25
    patch: int = 2
    group_size: int = 8
    precision: MatmulPrecision = "highest"

    def __post_init__(self) -> None:
        for name in ("width", "blocks", "patch", "group_size"):
            if getattr(self, name) < 1:
                raise InputError(name, f"is {getattr(self, name)}, must be at least 1")
        if self.width % self.group_size:
            raise InputError("width", f"is {self.width}, must be a multiple of group_size {self.group_size}")
        if min(self.modes) < 0:
            raise InputError("modes", f"are {self.modes[0]} x {self.modes[1]}, must not be negative")
        if not 0 <= self.padding < math.inf:
            raise InputError("padding", f"is {self.padding}, must not be negative")


class FNO(nnx.Module):
    """Fourier neural operator: lift, blocks, projection.

        block  y = x + W silu(spectral(h) + W' h),   h = norm(x)

    The spectral convolution carries information across the whole box, as pressure does, and the pointwise map W' keeps
    what the dropped modes hold: walls. Ours are the residual form with normalisation, whose new blocks are the
    identity, patches in place of pixels, and the channels of position for a flow that is not the same everywhere.

    After Li et al., "Fourier neural operator for parametric partial differential equations", ICLR 2021,
    arXiv 2010.08895.

    Args:
        config: Size.
        channels_in: Channels of the encoded input.
        grid: Cells (y, x), multiples of `patch`, and more than twice as many patches as modes.
        rngs: Source of the initial weights.
    """

    def __init__(self, config: FNOConfig, channels_in: int, grid: tuple[int, int], *, rngs: nnx.Rngs) -> None:
        if any(cells % config.patch for cells in grid):
            raise InputError("grid", f"is {grid[0]} x {grid[1]}, must be multiples of the patch {config.patch}")
        check_modes(config.modes, (grid[0] // config.patch, grid[1] // config.patch))
        self.config = config
        width, precision, patch = config.width, config.precision, (config.patch, config.patch)
        self.lift = PatchConvolution(channels_in + 2, width, patch, precision=precision, rngs=rngs)
        self.blocks = nnx.List([_Block(config, rngs=rngs) for _ in range(config.blocks)])
        self.norm = GroupNorm(width, width // config.group_size)
        self.project = PatchDeconvolution(
            width, 3, patch, kernel_init=jax.nn.initializers.zeros, precision=precision, rngs=rngs
        )

    def __call__(self, x: Float[Array, "batch y x channel"]) -> Float[Array, "batch y x 3"]:
        """Normalised fields from encoded inputs."""
        x = self.lift(with_positions(x))
        for block in self.blocks:
            x = block(x)
        return self.project(jax.nn.silu(self.norm(x)))


class _Block(nnx.Module):
    def __init__(self, config: FNOConfig, *, rngs: nnx.Rngs) -> None:
        width, precision = config.width, config.precision
        self.norm = GroupNorm(width, width // config.group_size)
        self.spectral = SpectralConvolution(
            width, width, config.modes, padding=config.padding, precision=precision, rngs=rngs
        )
        self.pointwise = Dense(width, width, precision=precision, rngs=rngs)
        self.out = Dense(width, width, kernel_init=jax.nn.initializers.zeros, precision=precision, rngs=rngs)

    def __call__(self, x: Float[Array, "batch y x channel"]) -> Float[Array, "batch y x channel"]:
        hidden = self.norm(x)
        return x + self.out(jax.nn.silu(self.spectral(hidden) + self.pointwise(hidden)))
