"""A perceptron from components to components: what Ling, Kurzawski & Templeton (2016) compare their network with.

It knows one frame. In another it says something else of the same flow, and nothing keeps what it says realizable.
"""

from __future__ import annotations

from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jaxtyping import Array, Float

from emulax.core.errors import InputError
from emulax.models.blocks import Perceptron
from emulax.models.tensor_basis.features import wall_reynolds_numbers
from emulax.models.tensor_basis.gradients import bounded_gradient
from emulax.models.tensor_basis.local_flow import LocalFlow
from emulax.models.tensor_basis.network import StressPrediction, bounded

_INPUTS = 9 + 1 + 2
# Five numbers make a symmetric tensor without trace.
_PARTS = np.array(
    [
        [[1, 0, 0], [0, 0, 0], [0, 0, -1]],
        [[0, 0, 0], [0, 1, 0], [0, 0, -1]],
        [[0, 1, 0], [1, 0, 0], [0, 0, 0]],
        [[0, 0, 1], [0, 0, 0], [1, 0, 0]],
        [[0, 0, 0], [0, 0, 1], [0, 1, 0]],
    ],
    np.float32,
)


@dataclass(frozen=True)
class ComponentConfig:
    """Size of the network.

    Args:
        width: Channels of the hidden layers.
        depth: Hidden layers.
    """

    width: int = 64
    depth: int = 3

    def __post_init__(self) -> None:
        for name in ("width", "depth"):
            if getattr(self, name) < 1:
                raise InputError(name, f"is {getattr(self, name)}, must be at least 1")


class ComponentNetwork(nnx.Module):
    """See the module.

    Args:
        config: Its size.
        rngs: Source of the initial weights.
    """

    def __init__(self, config: ComponentConfig, *, rngs: nnx.Rngs) -> None:
        self.config = config
        self.perceptron = Perceptron(_INPUTS, config.width, config.depth, len(_PARTS) + 2, rngs=rngs)

    def __call__(self, inputs: Float[Array, "*points input"]) -> StressPrediction:
        """The stress, given components and scalars."""
        found = self.perceptron(inputs)
        parts = jnp.asarray(_PARTS, found.dtype)
        b = jnp.einsum("...n,nij->...ij", found[..., :-2], parts, precision=jax.lax.Precision.HIGHEST)
        return StressPrediction(b, bounded(found[..., -2]), bounded(found[..., -1]))

    def inputs(self, flow: LocalFlow) -> Float[Array, "*points input"]:
        """What it takes of a flow: the bounded gradient's components, its size, and the wall's Reynolds numbers."""
        strain, rotation, log_magnitude = bounded_gradient(flow)
        gradient = (strain + rotation).reshape(*log_magnitude.shape, 9)
        return jnp.concatenate([gradient, log_magnitude[..., None], wall_reynolds_numbers(flow)], axis=-1)

    def of(self, flow: LocalFlow) -> StressPrediction:
        """The stress of a flow."""
        return self(self.inputs(flow))
