"""What a closure is told of a flow, and what it answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Float


class MeanFlow(NamedTuple):
    """The mean flow and its turbulence at the cells, in one system of units.

    Attributes:
        velocity: Components x, y, z.
        velocity_gradient: dU_i/dx_j at [..., i, j].
        kinetic_energy: k of the turbulence model.
        kinetic_energy_gradient: dk/dx_j.
        dissipation: Rate epsilon at which the model dissipates k; for k-omega models 0.09 k omega.
        eddy_viscosity: That of the model.
        wall_distance: Distance to the nearest wall.
        viscosity: Kinematic viscosity of the fluid.
        pressure_gradient: dp/dx_j over the density; None where it is not known, as in this solver, which eliminates it.
    """

    velocity: Float[Array, "*cells 3"]
    velocity_gradient: Float[Array, "*cells 3 3"]
    kinetic_energy: Float[Array, "*cells"]
    kinetic_energy_gradient: Float[Array, "*cells 3"]
    dissipation: Float[Array, "*cells"]
    eddy_viscosity: Float[Array, "*cells"]
    wall_distance: Float[Array, "*cells"]
    viscosity: Float[Array, "*cells"] | float
    pressure_gradient: Float[Array, "*cells 3"] | None = None

    @property
    def strain_rate(self) -> Float[Array, "*cells 3 3"]:
        """S_ij = (dU_i/dx_j + dU_j/dx_i) / 2."""
        return 0.5 * (self.velocity_gradient + jnp.swapaxes(self.velocity_gradient, -1, -2))


class ReynoldsStress(NamedTuple):
    """The deviator of the Reynolds stress, its linear part apart, which the solver treats implicitly.

        <u_i u_j> - 2/3 k delta_ij = -2 nu_t S_ij + remainder_ij

    The isotropic part is a pressure to the mean flow and does not enter.

    Attributes:
        eddy_viscosity: nu_t >= 0.
        remainder: What the eddy viscosity leaves; symmetric.
    """

    eddy_viscosity: Float[Array, "*cells"]
    remainder: Float[Array, "*cells 3 3"]


Closure = Callable[[MeanFlow], ReynoldsStress]
"""The Reynolds stress as a function of the mean flow, differentiable.

Where its coefficients are to be differentiated with respect to, it is a `jax.tree_util.Partial` of a function and them.
"""
