"""A network with what surrounds it: encoding of the inputs, scaling of the outputs, and the mask."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Protocol, get_args, runtime_checkable

import jax.numpy as jnp
import numpy as np
from flax import nnx
from jaxtyping import Array, Bool, Float, Float32

from emulax.core.errors import InputError, unknown_name
from emulax.data import FlowInputs, Normalisation
from emulax.models.sdf_flow.encoding import Geometry, encode

_BATCH = 32


@dataclass(frozen=True)
class FlowModelConfig:
    """What a flow model needs to know besides its network's size.

    Args:
        grid: Cells (y, x).
        normalisation: Offset and scale of u, v and p over the training data.
        inputs: What the network is told of the geometry.
        reynolds_range: Lowest and highest Reynolds number of the training data.
    """

    grid: tuple[int, int]
    normalisation: Normalisation
    inputs: Geometry = "sdf"
    reynolds_range: tuple[float, float] = (5.0, 30.0)

    def __post_init__(self) -> None:
        if min(self.grid) < 1:
            raise InputError("grid", f"is {self.grid[0]} x {self.grid[1]}, must be positive")
        if self.inputs not in get_args(Geometry):
            raise unknown_name("inputs", str(self.inputs), get_args(Geometry))
        low, high = self.reynolds_range
        if not 0 < low < high < math.inf:
            raise InputError("reynolds_range", f"is {low} to {high}, must be positive and rising")


@runtime_checkable
class FlowNetwork(Protocol):
    """Encoded inputs to normalised fields."""

    config: Any

    def __call__(self, x: Float[Array, "batch y x channel"]) -> Float[Array, "batch y x 3"]:
        """Normalised fields from encoded inputs."""
        ...


class FlowModel(nnx.Module):
    """Signed distance, mask and Reynolds number to the steady fields (u, v, p).

        fields = mask (offset + scale network(encode(sdf, mask, Re)))

    The network works on normalised fields, the walls are exact, and a network that returns zero predicts the mean flow.

    Args:
        network: The network.
        config: Inputs and scales around it.
    """

    def __init__(self, network: FlowNetwork, config: FlowModelConfig) -> None:
        self.network = network
        self.config = config

    def __call__(
        self,
        sdf: Float[Array, "batch y x"],
        mask: Bool[Array, "batch y x"],
        reynolds: Float[Array, " batch"],
    ) -> Float[Array, "batch y x 3"]:
        """Velocity in units of U and pressure in units of rho U^2, zero in solid.

        Args:
            sdf: Signed distance to the wall in units of D, positive in fluid.
            mask: True in fluid.
            reynolds: Reynolds number U D / nu.
        """
        config = self.config
        encoded = encode(sdf, mask, reynolds, inputs=config.inputs, reynolds_range=config.reynolds_range)
        offset, scale = (
            jnp.asarray(values, jnp.float32)[None, None, None]
            for values in (config.normalisation.offset, config.normalisation.scale)
        )
        fields = offset + scale * self.network(encoded)
        return jnp.where(mask[..., None], fields, jnp.zeros_like(fields))

    def predict(self, inputs: FlowInputs) -> Float32[np.ndarray, "sample y x 3"]:
        """Fields of any number of samples, in compiled batches of one size; the last is filled up."""
        size = min(_BATCH, len(inputs))
        fields = []
        for start in range(0, len(inputs), size):
            index = np.minimum(np.arange(start, start + size), len(inputs) - 1)
            batch = (jnp.asarray(array[index]) for array in (inputs.sdf, inputs.mask, inputs.reynolds))
            fields.append(np.asarray(_compiled(self, *batch)))
        return np.concatenate(fields)[: len(inputs)]


@nnx.jit
def _compiled(
    model: FlowModel, sdf: Float[Array, "batch y x"], mask: Bool[Array, "batch y x"], reynolds: Float[Array, " batch"]
) -> Float[Array, "batch y x 3"]:
    return model(sdf, mask, reynolds)
