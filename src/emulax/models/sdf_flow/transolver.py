"""A transformer between learned slices of the domain, from geometry and Reynolds number to steady flow."""

from __future__ import annotations

from dataclasses import dataclass

import jax
import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Float

from emulax.core.errors import InputError
from emulax.models.blocks import (
    Dense,
    MatmulPrecision,
    PatchConvolution,
    PatchDeconvolution,
    SliceAttention,
    with_positions,
)


@dataclass(frozen=True)
class TransolverConfig:
    """Size of the Transolver.

    Args:
        width: Channels.
        blocks: Number of blocks.
        heads: Heads of the attention; they share the channels.
        slices: Slices of each head.
        expansion: Width of the hidden layer between attentions, in units of `width`.
        patch: Side of the pixel patches that are the points; 1 for a point a pixel, as in the original.
        precision: Precision of the products.
    """

    width: int = 64
    blocks: int = 4
    heads: int = 4
    slices: int = 32
    expansion: int = 2
    patch: int = 4
    precision: MatmulPrecision = "highest"

    def __post_init__(self) -> None:
        for name in ("width", "blocks", "heads", "slices", "expansion", "patch"):
            if getattr(self, name) < 1:
                raise InputError(name, f"is {getattr(self, name)}, must be at least 1")
        if self.width % self.heads:
            raise InputError("heads", f"is {self.heads}, must divide the width {self.width}")


class Transolver(nnx.Module):
    """Pre-norm transformer whose attention goes between learned slices of the domain.

        block  y = x + attention(norm(x)),   z = y + W silu(W' norm(y))

    Points that the network finds in a like state (near a wall, in the wake, upstream) share a slice wherever they lie,
    so that all of the domain is seen in every block at a cost that grows linearly with it. The points are patches of
    pixels with their positions; normalisation is over the channels of each.

    After Wu et al., "Transolver: a fast transformer solver for PDEs on general geometries", ICML 2024,
    arXiv 2402.02366.

    Args:
        config: Size.
        channels_in: Channels of the encoded input.
        grid: Cells (y, x), multiples of `patch`.
        rngs: Source of the initial weights.
    """

    def __init__(self, config: TransolverConfig, channels_in: int, grid: tuple[int, int], *, rngs: nnx.Rngs) -> None:
        if any(cells % config.patch for cells in grid):
            raise InputError("grid", f"is {grid[0]} x {grid[1]}, must be multiples of the patch {config.patch}")
        self.config = config
        width, precision, patch = config.width, config.precision, (config.patch, config.patch)
        self.stem = PatchConvolution(channels_in + 2, width, patch, precision=precision, rngs=rngs)
        self.blocks = nnx.List([_Block(config, rngs=rngs) for _ in range(config.blocks)])
        self.norm = _layer_norm(width, rngs)
        self.head = PatchDeconvolution(
            width, 3, patch, kernel_init=jax.nn.initializers.zeros, precision=precision, rngs=rngs
        )

    def __call__(self, x: Float[Array, "batch y x channel"]) -> Float[Array, "batch y x 3"]:
        """Normalised fields from encoded inputs."""
        x = self.stem(with_positions(x))
        batch, rows, columns, channels = x.shape
        x = x.reshape(batch, rows * columns, channels)
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x).reshape(batch, rows, columns, channels))


class _Block(nnx.Module):
    def __init__(self, config: TransolverConfig, *, rngs: nnx.Rngs) -> None:
        width, hidden, precision = config.width, config.expansion * config.width, config.precision
        self.norm1 = _layer_norm(width, rngs)
        self.attention = SliceAttention(width, heads=config.heads, slices=config.slices, precision=precision, rngs=rngs)
        self.norm2 = _layer_norm(width, rngs)
        self.widen = Dense(width, hidden, precision=precision, rngs=rngs)
        self.narrow = Dense(hidden, width, precision=precision, rngs=rngs)

    def __call__(self, x: Float[Array, "batch point channel"]) -> Float[Array, "batch point channel"]:
        x = x + self.attention(self.norm1(x))
        return x + self.narrow(jax.nn.silu(self.widen(self.norm2(x))))


def _layer_norm(width: int, rngs: nnx.Rngs) -> nnx.LayerNorm:
    return nnx.LayerNorm(width, epsilon=1e-5, param_dtype=jnp.float32, rngs=rngs)
