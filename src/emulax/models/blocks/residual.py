"""The residual block of the convolutional networks."""

from __future__ import annotations

import jax
from flax import nnx
from jaxtyping import Array, Float

from emulax.models.blocks.activated import activated_convolution
from emulax.models.blocks.convolution import Convolution
from emulax.models.blocks.normalisation import GroupNorm
from emulax.models.blocks.precision import MatmulPrecision


class ResidualBlock(nnx.Module):
    """Pre-activation residual block with group normalisation and SiLU.

        y = x + conv3x3(silu(norm(conv3x3(silu(norm(x))))))

    The last convolution starts at zero, so a new block is the identity. Source: He et al., "Identity mappings in deep
    residual networks", ECCV 2016, doi:10.1007/978-3-319-46493-0_38.

    Args:
        channels: Channels in and out.
        groups: Groups of the normalisation.
        precision: Precision of the convolutions.
        rngs: Source of the initial weights.
    """

    def __init__(self, channels: int, *, groups: int, precision: MatmulPrecision, rngs: nnx.Rngs) -> None:
        def convolution(kernel_init: jax.nn.initializers.Initializer) -> Convolution:
            return Convolution(channels, channels, kernel_init=kernel_init, precision=precision, rngs=rngs)

        self.norm1 = GroupNorm(channels, groups)
        self.conv1 = convolution(jax.nn.initializers.he_normal())
        self.norm2 = GroupNorm(channels, groups)
        self.conv2 = convolution(jax.nn.initializers.zeros)

    def __call__(self, x: Float[Array, "batch y x channel"]) -> Float[Array, "batch y x channel"]:
        """`x` plus what the block adds to it."""
        hidden = activated_convolution(x, self.norm1, self.conv1)
        return activated_convolution(hidden, self.norm2, self.conv2, add=x)
