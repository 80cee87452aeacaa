"""A network with what surrounds it: encoding of the inputs, scaling of the outputs, and the mask."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol, get_args, runtime_checkable

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jaxtyping import Array, Bool, Float, Float32, PyTree

from emulax.core.errors import InputError, unknown_name
from emulax.core.memory import keep_freed_memory
from emulax.data import FlowInputs, Normalisation
from emulax.models.blocks import Deconvolutions
from emulax.models.sdf_flow.encoding import Geometry, encode
from emulax.models.sdf_flow.symmetry import mirror

# Flows worked on together: on a CPU as many as its caches hold, on a GPU as many as it takes to fill it.
_TOGETHER_ON_CPU = 20
_TOGETHER = 128
# Groups of so many in one call, so that its memory is asked for once.
_GROUPS = 8


@dataclass(frozen=True)
class FlowModelConfig:
    """What a flow model needs to know besides its network's size.

    Args:
        grid: Cells ([z,] y, x).
        normalisation: Offset and scale of u, v[, w] and p over the training data.
        inputs: What the network is told of the geometry.
        reynolds_range: Lowest and highest Reynolds number of the training data.
        no_slip_width: Distance from the wall over which the velocity is forced to fall to zero, in units of D; None to
            leave that to the network.
        mirror_equivariant: Average over the flow and its mirror image, so that a mirrored shape has exactly the
            mirrored flow; at twice the cost.
    """

    grid: tuple[int, ...]
    normalisation: Normalisation
    inputs: Geometry = "sdf"
    reynolds_range: tuple[float, float] = (5.0, 30.0)
    no_slip_width: float | None = None
    mirror_equivariant: bool = False

    def __post_init__(self) -> None:
        if len(self.grid) not in (2, 3) or min(self.grid) < 1:
            raise InputError("grid", f"is {' x '.join(map(str, self.grid))}, must be two or three positive numbers")
        offset, scale, channels = self.normalisation.offset, self.normalisation.scale, len(self.grid) + 1
        if not len(offset) == len(scale) == channels:
            raise InputError(
                "normalisation", f"has {len(offset)} offsets and {len(scale)} scales, must have {channels} of each"
            )
        if not (all(map(math.isfinite, offset)) and all(0 < one < math.inf for one in scale)):
            raise InputError(
                "normalisation", f"has offsets {offset} and scales {scale}, must be finite and the scales positive"
            )
        if self.inputs not in get_args(Geometry):
            raise unknown_name("inputs", str(self.inputs), get_args(Geometry))
        low, high = self.reynolds_range
        if not 0 < low < high < math.inf:
            raise InputError("reynolds_range", f"is {low} to {high}, must be positive and rising")
        if self.no_slip_width is not None and not 0 < self.no_slip_width < math.inf:
            raise InputError("no_slip_width", f"is {self.no_slip_width}, must be positive, or None for none")


@runtime_checkable
class FlowNetwork(Protocol):
    """Encoded inputs to normalised fields."""

    config: Any

    def __call__(self, x: Float[Array, "batch *space channel"]) -> Float[Array, "batch *space channel2"]:
        """Normalised fields from encoded inputs."""
        ...


class FlowModel(nnx.Module):
    """Signed distance, mask, Reynolds number and inflow to the steady fields (u, v[, w], p).

        fields = mask (offset + scale network(encode(sdf, mask, Re, inflow)))

    The network works on normalised fields, and a network that returns zero predicts the mean flow. With a
    `no_slip_width` w the velocity is multiplied by tanh(sdf / w), and so falls to zero at the wall itself, not only in
    the cells inside it. With `mirror_equivariant` and M the mirror about the streamwise axis,

        F(x) = (f(x) + M f(M x)) / 2,   so that F(M x) = M F(x).

    Args:
        network: The network.
        config: Inputs and scales around it.
    """

    def __init__(self, network: FlowNetwork, config: FlowModelConfig) -> None:
        self.network = network
        self.config = config

    def __call__(
        self,
        sdf: Float[Array, " batch *space"],
        mask: Bool[Array, " batch *space"],
        reynolds: Float[Array, " batch"],
        inflow: Float[Array, " batch *side"],
    ) -> Float[Array, "batch *space channel2"]:
        """Velocity in units of U and pressure in units of rho U^2, zero in solid.

        Args:
            sdf: Signed distance to the wall in units of D, positive in fluid.
            mask: True in fluid.
            reynolds: Reynolds number U D / nu.
            inflow: Streamwise velocity at the left edge in units of U.
        """
        config = self.config
        encoded = encode(sdf, mask, reynolds, inflow, inputs=config.inputs, reynolds_range=config.reynolds_range)
        fields = self._fields(encoded)
        if config.mirror_equivariant:
            fields = 0.5 * (fields + mirror(self._fields(jnp.flip(encoded, axis=-3))))
        if config.no_slip_width is not None:
            rise = jnp.tanh(sdf.astype(jnp.float32) / config.no_slip_width)[..., None]
            fields = jnp.concatenate([rise * fields[..., :-1], fields[..., -1:]], axis=-1)
        return jnp.where(mask[..., None], fields, jnp.zeros_like(fields))

    def _fields(self, encoded: Float[Array, "batch *space channel"]) -> Float[Array, "batch *space channel2"]:
        """What the network makes of encoded inputs, in units of U and rho U^2."""
        offset, scale = (
            jnp.asarray(values, jnp.float32).reshape(*[1] * (encoded.ndim - 1), -1)
            for values in (self.config.normalisation.offset, self.config.normalisation.scale)
        )
        return offset + scale * self.network(encoded)

    def predict(self, inputs: FlowInputs) -> Float32[np.ndarray, "sample *space channel"]:
        """Fields of any number of samples, in compiled calls of one size; the last is filled up.

        On a CPU the process keeps the memory it frees from then on (`emulax.core.memory`).
        """
        if not len(inputs):
            return np.zeros((*inputs.sdf.shape, inputs.sdf.ndim), np.float32)
        keep_freed_memory()
        together = _TOGETHER_ON_CPU if jax.default_backend() == "cpu" and not self._is_packed() else _TOGETHER
        groups = math.ceil(len(inputs) / together)
        calls = math.ceil(groups / _GROUPS)
        groups = math.ceil(groups / calls)
        together = math.ceil(len(inputs) / (calls * groups))
        graph, weights = nnx.split(self)
        fields = []
        for call in range(calls):
            index = np.minimum(call * groups * together + np.arange(groups * together), len(inputs) - 1)
            batch = inputs.take(index)
            arrays = (
                jnp.asarray(values.reshape(groups, together, *values.shape[1:]))
                for values in (batch.sdf, batch.mask, batch.reynolds, batch.inflow)
            )
            fields.append(np.asarray(_compiled(graph, weights, *arrays)).reshape(*batch.sdf.shape, -1))
        return np.concatenate(fields)[: len(inputs)]

    def _is_packed(self) -> bool:
        """Whether deconvolutions are one operation: it keeps to the caches, and reads its weights at each call."""
        chains = (part for _, part in nnx.iter_modules(self) if isinstance(part, Deconvolutions))
        return any(chain.packed is not None for chain in chains)


@partial(jax.jit, static_argnums=0)
def _compiled(
    graph: nnx.GraphDef[FlowModel],
    weights: PyTree,
    sdf: Float[Array, "group batch *space"],
    mask: Bool[Array, "group batch *space"],
    reynolds: Float[Array, "group batch"],
    inflow: Float[Array, "group batch *side"],
) -> Float[Array, "group batch *space channel"]:
    """`nnx.jit` would return the weights as well, a copy at each call."""
    return jax.lax.map(lambda group: nnx.merge(graph, weights)(*group), (sdf, mask, reynolds, inflow))
