"""A learned model of the Reynolds stress in the RANS solver: as a stress once and for all, or as a closure.

Models are trained on the turbulence model's own flows. Looking at such a flow once, and solving for the velocity that
its stress balances, asks nothing of a model that it has not learned. As a closure it looks at what it makes itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import jax
import jax.numpy as jnp
from flax import nnx

from emulax.models.tensor_basis import StressPrediction, TensorBasisNetwork
from emulax_rans import Closure, MeanFlow, ReynoldsStress, across


def closure_of(structure: nnx.GraphDef[TensorBasisNetwork], weights: nnx.State) -> Closure:
    """The closure of a network that looks at the flow that is solved for, differentiable by the weights.

    Args:
        structure: The network's structure, from `nnx.split`.
        weights: Its weights.
    """
    return jax.tree_util.Partial(_Stress(structure), weights)


def stress_of(said: StressPrediction, flow: MeanFlow) -> ReynoldsStress:
    """The Reynolds stress that a prediction makes with the scales of a flow.

    Its deviator is `2 k exp(l) b`, but for the part along the flow's strain rate, in whose place stands an eddy
    viscosity, `nu_t exp(m)`. It acts on the strain rate of the flow that is solved for, which is what makes the mean
    velocity well-conditioned (Wu et al. 2019, doi:10.1017/jfm.2019.205).

    Args:
        said: b, and the logarithms l and m of the ratios of k and of the eddy viscosity.
        flow: The flow that was looked at, with the turbulence model's k and nu_t.
    """
    energy = flow.kinetic_energy * jnp.exp(said.log_energy_ratio)
    viscosity = flow.eddy_viscosity * jnp.exp(said.log_viscosity_ratio)
    deviator = 2.0 * energy[..., None, None] * said.anisotropy
    return ReynoldsStress(viscosity, across(deviator, flow.strain_rate))


@dataclass(frozen=True)
class _Stress:
    """Two of one structure are equal, so that a solve is compiled once for all weights."""

    structure: nnx.GraphDef[TensorBasisNetwork]

    def __call__(self, weights: nnx.State, flow: MeanFlow) -> ReynoldsStress:
        return stress_of(nnx.merge(self.structure, weights, copy=True).of(flow), flow)
