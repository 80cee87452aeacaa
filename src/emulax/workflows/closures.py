"""A learned model of the Reynolds stress as a closure of the RANS solver."""

from __future__ import annotations

from dataclasses import dataclass

import jax
import jax.numpy as jnp
from flax import nnx

from emulax.models.tensor_basis import TensorBasisNetwork
from emulax_rans import Closure, MeanFlow, ReynoldsStress, split


def closure_of(structure: nnx.GraphDef[TensorBasisNetwork], weights: nnx.State) -> Closure:
    """The closure of a network, differentiable with respect to its weights.

    The stress is 2 k exp(l) b, of the model's k, the network's anisotropy b and its logarithm l of the ratio of k.

    Args:
        structure: The network's structure, from `nnx.split`.
        weights: Its weights.
    """
    return jax.tree_util.Partial(_Stress(structure), weights)


@dataclass(frozen=True)
class _Stress:
    """Two of one structure are equal, so that a solve is compiled once for all weights."""

    structure: nnx.GraphDef[TensorBasisNetwork]

    def __call__(self, weights: nnx.State, flow: MeanFlow) -> ReynoldsStress:
        said = nnx.merge(self.structure, weights).of(flow)
        energy = flow.kinetic_energy * jnp.exp(said.log_energy_ratio)
        return split(2.0 * energy[..., None, None] * said.anisotropy, flow.strain_rate)
