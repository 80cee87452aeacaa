"""Menter's shear-stress transport model.

    div(v k)     = P~ - beta* k omega + div((nu + sigma_k nu_t) grad k)
    div(v omega) = gamma P^ - beta omega^2 + div((nu + sigma_omega nu_t) grad omega) + 2 (1 - F1) sigma_omega2
                   grad k . grad omega / omega

    nu_t = a1 k / max(a1 omega, F2 sqrt(2 S_ij S_ij))

with P~ = min(P, 10 beta* k omega) and P^ the production over nu_t, limited alike. Coefficients go by F1 from the inner
(1) to the outer set (2). In cells at walls, omega = 6 nu / (beta_1 d^2), which is its exact value in the viscous
sublayer.

Sources: Menter 1994, doi:10.2514/3.12149; as revised by Menter, Kuntz & Langtry, Ten years of industrial experience
with the SST turbulence model, Turbulence, Heat and Mass Transfer 4 (2003).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Float64

from emulax_rans.turbulence.model import Field, Scales, Sources, Turbulence

_BETA_STAR = 0.09
_A1 = 0.31
_LIMIT = 10.0
_KAPPA = 0.41
_LEAST_CROSS_DIFFUSION = 1e-10
_LEAST_STRAIN = 1e-30


class _Set(NamedTuple):
    sigma_k: float
    sigma_omega: float
    gamma: float
    beta: float


_INNER = _Set(0.85, 0.5, 5.0 / 9.0, 0.075)
_OUTER = _Set(1.0, 0.856, 0.44, 0.0828)


@dataclass(frozen=True)
class KOmegaSST:
    """The k-omega SST model of 2003, integrated down to the wall."""

    @property
    def second(self) -> str:
        """See `TurbulenceModel.second`."""
        return "omega"

    def start(
        self, wall_distance: Float64[np.ndarray, "z y"], viscosity: float, friction_velocity: float
    ) -> tuple[Float64[np.ndarray, "z y"], Float64[np.ndarray, "z y"]]:
        """See `TurbulenceModel.start`: the equilibrium of a wall layer, whose k grows as d^3.23 next to the wall."""
        squared = (wall_distance * friction_velocity / viscosity) ** 2
        k = 3.0 * friction_velocity**2 * (squared / (squared + 200.0)) ** 1.615
        in_layer = friction_velocity / (_BETA_STAR**0.5 * _KAPPA * wall_distance)
        return k, self.at_walls(wall_distance, viscosity) + in_layer

    def at_walls(self, wall_distance: Float64[np.ndarray, "z y"], viscosity: float) -> Float64[np.ndarray, "z y"]:
        """See `TurbulenceModel.at_walls`: omega in the viscous sublayer."""
        return 6.0 * viscosity / (_INNER.beta * wall_distance**2)

    def scales(self, at: Turbulence) -> Scales:
        """See `TurbulenceModel.scales`."""
        return Scales(_A1 * at.k / _limiter(at), _BETA_STAR * at.k * at.second)

    def sources(self, at: Turbulence, scales: Scales, production: Field) -> Sources:
        """See `TurbulenceModel.sources`."""
        omega, (nu_t, dissipation) = at.second, scales
        cross = 2.0 * _OUTER.sigma_omega * (at.k_slopes * at.second_slopes).sum(-1) / omega
        inner = _inner(at, cross)
        sigma_k, sigma_omega, gamma, beta = (a * inner + b * (1.0 - inner) for a, b in zip(_INNER, _OUTER, strict=True))
        largest = _LIMIT / _A1 * _BETA_STAR * omega * _limiter(at)
        return Sources(
            jnp.minimum(production, _LIMIT * dissipation) - dissipation,
            gamma * jnp.minimum(production / nu_t, largest) - beta * omega**2 + (1.0 - inner) * cross,
            sigma_k * nu_t,
            sigma_omega * nu_t,
        )


def _inner(at: Turbulence, cross: Field) -> Field:
    """F1, which is 1 near walls and 0 away from them."""
    k, omega, d = at.k, at.second, at.wall_distance
    positive = jnp.maximum(cross, _LEAST_CROSS_DIFFUSION)
    lengths = jnp.maximum(jnp.sqrt(k) / (_BETA_STAR * omega * d), 500.0 * at.viscosity / (d**2 * omega))
    argument = jnp.minimum(lengths, 4.0 * _OUTER.sigma_omega * k / (positive * d**2))
    # Beyond 10 the hyperbolic tangent is 1, and the power of its argument may overflow.
    return jnp.tanh(jnp.minimum(argument, 10.0) ** 4)


def _limiter(at: Turbulence) -> Field:
    """max(a1 omega, F2 sqrt(2 S_ij S_ij))."""
    k, omega, d = at.k, at.second, at.wall_distance
    argument = jnp.maximum(2.0 * jnp.sqrt(k) / (_BETA_STAR * omega * d), 500.0 * at.viscosity / (d**2 * omega))
    inner = jnp.tanh(jnp.minimum(argument, 100.0) ** 2)
    return jnp.maximum(_A1 * omega, inner * jnp.sqrt(2.0 * (at.strain_rate**2).sum((-2, -1)) + _LEAST_STRAIN))
