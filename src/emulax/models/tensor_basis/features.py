"""What a model on a tensor basis takes of a flow: free of units, and unchanged or turned with the frame."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from emulax.models.tensor_basis import basis
from emulax.models.tensor_basis.gradients import bounded_energy_gradient, bounded_gradient
from emulax.models.tensor_basis.local_flow import LocalFlow
from emulax.models.tensor_basis.tensors import traceless

_WALL_REYNOLDS = 50.0


class TensorInputs(NamedTuple):
    """What a model on a tensor basis takes.

    Attributes:
        tensors: Basis tensors, bounded.
        invariants: Invariants, bounded or as logarithms.
    """

    tensors: Float[Array, "*points tensor 3 3"]
    invariants: Float[Array, "*points invariant"]


def tensor_inputs(flow: LocalFlow, *, count: int, walls: bool = True, energy_gradient: bool = False) -> TensorInputs:
    """Tensors and invariants of a flow.

    Args:
        flow: The mean flow.
        count: Tensors of the basis that are used.
        walls: Also two Reynolds numbers, sqrt(k) d/(50 nu) and k^2/(epsilon nu), as ln(1 + Re), by which a point knows
            how near the wall is.
        energy_gradient: Also the gradient of k: one more tensor, and invariants with the velocity's gradient.
    """
    strain, rotation, log_magnitude = bounded_gradient(flow)
    tensors = [basis.tensors(strain, rotation, count=count)]
    invariants = [log_magnitude[..., None], basis.invariants(strain, rotation)]
    if walls:
        invariants.append(wall_reynolds_numbers(flow))
    if energy_gradient:
        vector = bounded_energy_gradient(flow)
        tensors.append(_dyad(vector)[..., None, :, :])
        invariants.append(_vector_invariants(vector, strain, rotation))
    return TensorInputs(jnp.concatenate(tensors, axis=-3), jnp.concatenate(invariants, axis=-1))


def wall_reynolds_numbers(flow: LocalFlow) -> Float[Array, "*points 2"]:
    """ln(1 + Re) of the wall's two Reynolds numbers, sqrt(k) d/(50 nu) and k^2/(epsilon nu)."""
    tiny = jnp.finfo(flow.kinetic_energy.dtype).tiny
    k, epsilon, d = (
        jnp.log(jnp.maximum(value, tiny)) for value in (flow.kinetic_energy, flow.dissipation, flow.wall_distance)
    )
    nu = jnp.log(jnp.asarray(flow.viscosity, k.dtype))
    wall = 0.5 * k + d - nu - jnp.log(jnp.asarray(_WALL_REYNOLDS, k.dtype))
    return jax.nn.softplus(jnp.stack([wall, 2.0 * k - epsilon - nu], axis=-1))


def _dyad(vector: Float[Array, "*points 3"]) -> Float[Array, "*points 3 3"]:
    """V v^T without its trace."""
    return traceless(vector[..., :, None] * vector[..., None, :])


def _vector_invariants(
    vector: Float[Array, "*points 3"], strain: Float[Array, "*points 3 3"], rotation: Float[Array, "*points 3 3"]
) -> Float[Array, "*points 4"]:
    """V . v, v . s v, |s v|^2 and |r v|^2."""
    strained, rotated = ((tensor * vector[..., None, :]).sum(-1) for tensor in (strain, rotation))
    pairs = ((vector, vector), (vector, strained), (strained, strained), (rotated, rotated))
    return jnp.stack([(a * b).sum(-1) for a, b in pairs], axis=-1)
