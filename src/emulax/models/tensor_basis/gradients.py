"""The velocity's gradient made free of units, and bounded without a clip.

    s = S / q,   r = R / q,   q^2 = 1/T^2 + S_ij S_ij + R_ij R_ij,   T^2 = (k/epsilon)^2 + 36 nu/epsilon

The time scale T is k/epsilon away from walls, and six times Kolmogorov's at walls, where k/epsilon vanishes and would
take all directions with it. Division by q is a function of invariants: it leaves directions as they are in every frame,
while a clip of components does not. What it removes is an invariant of its own.

Source of T: Durbin 1991, doi:10.1007/BF00271513, with the root of the sum of squares in place of the larger of the two.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from emulax.models.tensor_basis.local_flow import LocalFlow
from emulax.models.tensor_basis.tensors import parts

_KOLMOGOROV = 6.0


class BoundedGradient(NamedTuple):
    """Strain and rotation rates whose squares sum to less than one, and how much was taken off.

    Attributes:
        strain: s.
        rotation: r.
        log_magnitude: ln(1 + T sqrt(S_ij S_ij + R_ij R_ij)).
    """

    strain: Float[Array, "*points 3 3"]
    rotation: Float[Array, "*points 3 3"]
    log_magnitude: Float[Array, "*points"]


def rate(flow: LocalFlow) -> Float[Array, "*points"]:
    """The turbulence's own rate 1/T, which is finite at walls."""
    k, epsilon = flow.kinetic_energy, flow.dissipation
    tiny = jnp.finfo(epsilon.dtype).tiny
    return epsilon / jnp.sqrt(jnp.maximum(k**2 + _KOLMOGOROV**2 * flow.viscosity * epsilon, tiny))


def bounded_gradient(flow: LocalFlow) -> BoundedGradient:
    """Strain and rotation rate in units of the turbulence's time, bounded."""
    own, gradient = rate(flow), flow.velocity_gradient
    bounded, size = _bounded(gradient.reshape(*own.shape, 9), own)
    strain, rotation = parts(bounded.reshape(gradient.shape))
    return BoundedGradient(strain, rotation, jax.nn.softplus(_log(size) - _log(own)))


def bounded_acceleration(flow: LocalFlow, acceleration: Float[Array, "*points 3"]) -> Float[Array, "*points 3"]:
    """T a / sqrt(k), bounded as the velocity's gradient is; for grad k and grad p / rho, which are accelerations."""
    bounded, _ = _bounded(acceleration, rate(flow) * jnp.sqrt(flow.kinetic_energy))
    return bounded


def _bounded(
    values: Float[Array, "*points n"], unit: Float[Array, "*points"]
) -> tuple[Float[Array, "*points n"], Float[Array, "*points"]]:
    """`v / sqrt(unit^2 + |v|^2)` and |v|, whatever their size: squares neither overflow nor vanish."""
    largest = jnp.maximum(jnp.abs(values).max(-1), unit)
    # The answers do not depend on the scale, and neither do their derivatives.
    scale = jax.lax.stop_gradient(jnp.where(largest > 0.0, largest, 1.0))
    scaled = values / scale[..., None]
    squared = (scaled**2).sum(-1)
    tiny = jnp.finfo(values.dtype).tiny
    bounded = scaled / jnp.sqrt(jnp.maximum((unit / scale) ** 2 + squared, tiny))[..., None]
    return bounded, scale * jnp.sqrt(jnp.maximum(squared, tiny))


def _log(value: Float[Array, "*points"]) -> Float[Array, "*points"]:
    return jnp.log(jnp.maximum(value, jnp.finfo(value.dtype).tiny))
