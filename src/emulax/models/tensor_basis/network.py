"""The tensor basis neural network of Ling, Kurzawski & Templeton 2016, doi:10.1017/jfm.2016.615, made realizable.

A perceptron takes invariants to coefficients of basis tensors, and to two numbers more, the logarithms of two ratios of
the truth to the turbulence model: that of the kinetic energy, without which an anisotropy makes no stress, and that of
the eddy viscosity, without which a stress makes no reliable velocity.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Float

from emulax.core.errors import InputError
from emulax.models.blocks import Perceptron
from emulax.models.tensor_basis import basis
from emulax.models.tensor_basis.features import TensorInputs, tensor_inputs
from emulax.models.tensor_basis.local_flow import LocalFlow
from emulax.models.tensor_basis.realizable import anisotropy

# What varies by less over the training data tells nothing there, and something unknown elsewhere.
_LEAST_SCALE = 1e-2
LARGEST_LOG_RATIO = 10.0
"""Bound of the logarithms of ratios: next to walls the turbulence model's k and eddy viscosity vanish too fast."""


@dataclass(frozen=True)
class TensorBasisConfig:
    """What a network looks at, and its size.

    Args:
        tensors: How many of Pope's ten tensors; three span all of them in plane and in parallel flows.
        walls: Look at Reynolds numbers of the wall's distance.
        energy_gradient: Look at the gradient of k, and use it for one more tensor.
        pressure_gradient: Look at the gradient of the pressure, and use it for one more tensor.
        width: Channels of the hidden layers.
        depth: Hidden layers.
        largest_log_ratio: Bound of the logarithms of the ratios of k and of the eddy viscosity. True ones reach 19 next
            to walls and are below 2.5 in 97 % of a duct; with a bound near that, a flow unlike any of the training
            makes no stress out of all proportion.
        invariant_means: Means of the invariants over the training data.
        invariant_scales: Their standard deviations; an invariant of which this is below 0.01 is not looked at.
    """

    tensors: int = 3
    walls: bool = True
    energy_gradient: bool = False
    pressure_gradient: bool = False
    width: int = 64
    depth: int = 3
    largest_log_ratio: float = LARGEST_LOG_RATIO
    invariant_means: tuple[float, ...] = ()
    invariant_scales: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if not 1 <= self.tensors <= basis.COUNT:
            raise InputError("tensors", f"is {self.tensors}, must be between 1 and {basis.COUNT}")
        for name in ("width", "depth"):
            if getattr(self, name) < 1:
                raise InputError(name, f"is {getattr(self, name)}, must be at least 1")
        if not self.largest_log_ratio > 0.0:
            raise InputError("largest_log_ratio", f"is {self.largest_log_ratio}, must be positive")
        for name in ("invariant_means", "invariant_scales"):
            if len(getattr(self, name)) not in (0, self.invariants):
                raise InputError(name, f"has {len(getattr(self, name))} entries, must have {self.invariants}")

    @property
    def invariants(self) -> int:
        """How many invariants the network looks at."""
        vectors = self.energy_gradient + self.pressure_gradient
        return 6 + 2 * self.walls + 4 * vectors + (vectors == 2)

    @property
    def coefficients(self) -> int:
        """How many tensors its answer is made of."""
        return self.tensors + self.energy_gradient + self.pressure_gradient


class StressPrediction(NamedTuple):
    """What a model says of the Reynolds stress.

    Attributes:
        anisotropy: b = <u_i u_j>/(2 k) - I/3, symmetric and without trace.
        log_energy_ratio: Logarithm of the true k over that of the turbulence model.
        log_viscosity_ratio: Logarithm of the true eddy viscosity, which makes the most of the true stress out of the
            true strain rate, over that of the turbulence model.
    """

    anisotropy: Float[Array, "*points 3 3"]
    log_energy_ratio: Float[Array, "*points"]
    log_viscosity_ratio: Float[Array, "*points"]


class TensorBasisNetwork(nnx.Module):
    """See the module.

    Args:
        config: What it looks at, and its size.
        rngs: Source of the initial weights.
    """

    def __init__(self, config: TensorBasisConfig, *, rngs: nnx.Rngs) -> None:
        self.config = config
        self.perceptron = Perceptron(config.invariants, config.width, config.depth, config.coefficients + 2, rngs=rngs)

    def __call__(self, inputs: TensorInputs) -> StressPrediction:
        """The stress, given tensors and invariants."""
        config, value = self.config, inputs.invariants
        if config.invariant_means:
            scales = [scale if scale >= _LEAST_SCALE else math.inf for scale in config.invariant_scales]
            means, scales = (jnp.asarray(numbers, value.dtype) for numbers in (config.invariant_means, scales))
            value = (value - _along(means, value)) / _along(scales, value)
        found = self.perceptron(value)
        ratios = bounded(found[..., -2:], config.largest_log_ratio)
        return StressPrediction(anisotropy(found[..., :-2], inputs.tensors), ratios[..., 0], ratios[..., 1])

    def inputs(self, flow: LocalFlow) -> TensorInputs:
        """What it takes of a flow."""
        config = self.config
        return tensor_inputs(
            flow,
            count=config.tensors,
            walls=config.walls,
            energy_gradient=config.energy_gradient,
            pressure_gradient=config.pressure_gradient,
        )

    def of(self, flow: LocalFlow) -> StressPrediction:
        """The stress of a flow."""
        return self(self.inputs(flow))


def bounded(value: Float[Array, "*points"], largest: float = LARGEST_LOG_RATIO) -> Float[Array, "*points"]:
    """Numbers within a bound whatever the value; small ones are left alone."""
    return largest * jnp.tanh(value / largest)


def _along(numbers: Float[Array, " invariant"], value: Float[Array, "*points invariant"]) -> Float[Array, "..."]:
    """Numbers that go with the last axis."""
    return jnp.broadcast_to(numbers, value.shape)
