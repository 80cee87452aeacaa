"""Layers as published: the parameters of each, counted in the network and computed from the published sizes.

The text of the paper was not at hand: the sizes come by way of a re-implementation.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import Any

from flax import nnx

from emulax.models.blocks import parameter_count
from emulax.models.sdf_flow import GuoConfig, GuoNet
from emulax.workflows.rows import Check, Limit, Row

GUO = "Guo, Li & Iorio 2016, doi:10.1145/2939672.2939738, as a re-implementation for 256 x 256 cells has it"
_GRID = (128, 256)


@dataclass(frozen=True)
class Layer:
    """One layer of a published network.

    Args:
        path: Where it is in ours.
        channels_in: Channels of its input.
        channels_out: Channels of its output.
        kernel: Pixels (y, x) of its kernel; the stride is the same.
        source: Where these sizes come from.
    """

    path: str
    channels_in: int
    channels_out: int
    kernel: tuple[int, int] = (1, 1)
    source: str = GUO

    @property
    def parameters(self) -> int:
        """Weights and one bias an output channel."""
        return math.prod(self.kernel) * self.channels_in * self.channels_out + self.channels_out


# On 256 x 128 cells the encoder's last image has 4 x 2 pixels, and the first deconvolution makes 8 x 4 of one.
LAYERS = (
    Layer("encoders.0.conv1", 1, 128, (16, 16)),
    Layer("encoders.0.conv2", 128, 512, (4, 4)),
    Layer("encoders.0.dense", 4 * 2 * 512, 1024),
    Layer("decoders.0.layers.0", 1024, 512, (4, 8), source=f"{GUO}; the 8 x 4 is what its 256 x 128 cells ask for"),
    Layer("decoders.0.layers.1", 512, 256, (8, 8)),
    Layer("decoders.0.layers.2", 256, 32, (2, 2)),
    Layer("decoders.0.layers.3", 32, 1, (2, 2)),
)


def checks() -> list[Check]:
    """The checks of this kind."""
    return [*(partial(guo_layer, layer) for layer in LAYERS), guo_parameters]


def guo_layer(layer: Layer) -> Row:
    """Parameters of one layer, which must be those of the published sizes."""
    part: Any = _guo()
    for name in layer.path.split("."):
        part = part[int(name)] if name.isdigit() else getattr(part, name)
    kernel = "x".join(map(str, layer.kernel[::-1]))
    return Row(
        f"models.guo.{layer.path.replace('.', '_')}",
        float(parameter_count(part)),
        "count",
        Limit("within", layer.parameters, 0),
        reference=f"{layer.channels_in} to {layer.channels_out} channels, kernel and stride {kernel}",
        source=layer.source,
    )


def guo_parameters() -> Row:
    """All parameters: the published encoder and decoder, the latter three times, since ours has one for pressure."""
    encoder = sum(layer.parameters for layer in LAYERS if layer.path.startswith("encoders"))
    decoder = sum(layer.parameters for layer in LAYERS if layer.path.startswith("decoders"))
    return Row(
        "models.guo.parameters",
        float(parameter_count(_guo())),
        "count",
        Limit("within", encoder + 3 * decoder, 0),
        reference="one encoder and a decoder for each of u, v and p; the paper has none for p",
        source=GUO,
    )


def _guo() -> GuoNet:
    """The network at its published widths, with the distance as its only input and no memory for its weights."""
    return nnx.eval_shape(lambda: GuoNet(GuoConfig(), 1, _GRID, rngs=nnx.Rngs(0)))
