"""What a model on a tensor basis takes of a flow: free of units, and unchanged or turned with the frame."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from emulax.core.errors import InputError
from emulax.models.tensor_basis import basis
from emulax.models.tensor_basis.gradients import bounded_acceleration, bounded_gradient
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


def tensor_inputs(
    flow: LocalFlow,
    *,
    count: int,
    walls: bool = True,
    energy_gradient: bool = False,
    pressure_gradient: bool = False,
) -> TensorInputs:
    """Tensors and invariants of a flow.

    Args:
        flow: The mean flow.
        count: Tensors of the basis that are used.
        walls: Also two Reynolds numbers, sqrt(k) d/(50 nu) and k^2/(epsilon nu), as ln(1 + Re), by which a point knows
            how near the wall is.
        energy_gradient: Also the gradient of k: one more tensor, and invariants with the velocity's gradient.
        pressure_gradient: The same of the pressure; with both, also the invariant that they make with each other.

    Raises:
        InputError: The gradient of the pressure is asked for, and not known of this flow.
    """
    strain, rotation, log_magnitude = bounded_gradient(flow)
    tensors = [basis.tensors(strain, rotation, count=count)]
    invariants = [log_magnitude[..., None], basis.invariants(strain, rotation)]
    if walls:
        invariants.append(wall_reynolds_numbers(flow))
    vectors = _vectors(flow, energy_gradient=energy_gradient, pressure_gradient=pressure_gradient)
    for vector in vectors:
        tensors.append(_dyad(vector)[..., None, :, :])
        invariants.append(_vector_invariants(vector, strain, rotation))
    if len(vectors) == 2:
        invariants.append((vectors[0] * vectors[1]).sum(-1, keepdims=True))
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


def _vectors(flow: LocalFlow, *, energy_gradient: bool, pressure_gradient: bool) -> list[Float[Array, "*points 3"]]:
    """The gradients that are looked at beside the velocity's, bounded."""
    found = [flow.kinetic_energy_gradient] if energy_gradient else []
    if pressure_gradient:
        if flow.pressure_gradient is None:
            raise InputError("pressure_gradient", "is not known of this flow, and the model looks at it")
        found.append(flow.pressure_gradient)
    return [bounded_acceleration(flow, vector) for vector in found]


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
