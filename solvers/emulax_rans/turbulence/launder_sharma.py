"""The k-epsilon model of Launder & Sharma for low Reynolds numbers.

    div(v k) = P - e - D + div((nu + nu_t) grad k)
    div(v e) = C1 P e/k - C2 f2 e^2/k + E + div((nu + nu_t/sigma_e) grad e)

    nu_t = C_mu f_mu k^2/e,   D = 2 nu |grad sqrt(k)|^2,   E = 2 nu nu_t (d^2U/dx_j dx_k)^2

e is the dissipation less D, and vanishes at walls with k. Damping is by R = k^2/(nu e) alone:
f_mu = exp(-3.4/(1 + R/50)^2), f2 = 1 - 0.3 exp(-R^2).

Source: Launder & Sharma 1974, doi:10.1016/0094-4548(74)90150-7.
"""

from __future__ import annotations

from dataclasses import dataclass

import jax.numpy as jnp
import numpy as np
from jaxtyping import Float64

from emulax_rans.turbulence.model import Field, Scales, Sources, Turbulence

_C_MU = 0.09
_C1 = 1.44
_C2 = 1.92
_SIGMA_E = 1.3
_KAPPA = 0.41


@dataclass(frozen=True)
class LaunderSharma:
    """The low-Reynolds-number k-epsilon model of 1974."""

    @property
    def second(self) -> str:
        """See `TurbulenceModel.second`."""
        return "epsilon"

    def start(
        self, wall_distance: Float64[np.ndarray, "z y"], viscosity: float, friction_velocity: float
    ) -> tuple[Float64[np.ndarray, "z y"], Float64[np.ndarray, "z y"]]:
        """See `TurbulenceModel.start`: the equilibrium of a wall layer."""
        squared = (wall_distance * friction_velocity / viscosity) ** 2
        k = 3.0 * friction_velocity**2 * squared / (squared + 200.0)
        return k, _C_MU**0.75 * k**1.5 / (_KAPPA * wall_distance)

    def at_walls(self, wall_distance: Float64[np.ndarray, "z y"], viscosity: float) -> None:
        """See `TurbulenceModel.at_walls`: e vanishes there."""
        del wall_distance, viscosity

    def scales(self, at: Turbulence) -> Scales:
        """See `TurbulenceModel.scales`."""
        damping = jnp.exp(-3.4 / (1.0 + _reynolds(at) / 50.0) ** 2)
        at_wall = 2.0 * at.viscosity * (at.root_slopes**2).sum(-1)
        return Scales(_C_MU * damping * at.k**2 / at.second, at.second + at_wall)

    def sources(self, at: Turbulence, scales: Scales, production: Field) -> Sources:
        """See `TurbulenceModel.sources`."""
        e, (nu_t, dissipation) = at.second, scales
        # Beyond 20 the exponential is nothing, and the square of its argument may overflow.
        damping = 1.0 - 0.3 * jnp.exp(-(jnp.minimum(_reynolds(at), 20.0) ** 2))
        gain = (_C1 * production - _C2 * damping * e) * e / at.k + 2.0 * at.viscosity * nu_t * at.curvature
        return Sources(production - dissipation, gain, nu_t, nu_t / _SIGMA_E)


def _reynolds(at: Turbulence) -> Field:
    return at.k**2 / (at.viscosity * at.second)
