"""A multilayer perceptron over the last axis."""

from __future__ import annotations

from itertools import pairwise

import jax
from flax import nnx
from jaxtyping import Array, Float

from emulax.models.blocks.dense import Dense


class Perceptron(nnx.Module):
    """Hidden layers with silu, and a linear one.

    Args:
        channels_in: Channels of the input.
        width: Channels of the hidden layers.
        depth: Hidden layers.
        channels_out: Channels of the output.
        rngs: Source of the initial weights.
    """

    def __init__(self, channels_in: int, width: int, depth: int, channels_out: int, *, rngs: nnx.Rngs) -> None:
        widths = [channels_in, *[width] * depth]
        self.hidden = nnx.List([Dense(*ends, precision="highest", rngs=rngs) for ends in pairwise(widths)])
        self.head = Dense(width, channels_out, precision="highest", rngs=rngs)

    def __call__(self, inputs: Float[Array, "*points channel"]) -> Float[Array, "*points channel2"]:
        """The image of `inputs`."""
        value = inputs
        for layer in self.hidden:
            value = jax.nn.silu(layer(value))
        return self.head(value)
