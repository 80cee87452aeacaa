"""What a turbulence model of two equations is: algebra at a point, on k and a second quantity that sets the length."""

from __future__ import annotations

from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Array, Float, Float64

Field = Float[Array, "*cells"]


class Turbulence(NamedTuple):
    """The turbulence and the mean flow around it at a point; derivatives are those by y and z.

    Attributes:
        k: Kinetic energy.
        second: The model's second quantity.
        k_slopes: dk/dx_j.
        second_slopes: The same of the second quantity.
        root_slopes: The same of the square root of k.
        strain_rate: S_ij.
        curvature: (d^2U/dx_j dx_k)^2, summed, of the streamwise velocity U.
        wall_distance: Distance to the nearest wall.
        viscosity: Kinematic viscosity of the fluid.
    """

    k: Field
    second: Field
    k_slopes: Float[Array, "*cells 2"]
    second_slopes: Float[Array, "*cells 2"]
    root_slopes: Float[Array, "*cells 2"]
    strain_rate: Float[Array, "*cells 3 3"]
    curvature: Field
    wall_distance: Field
    viscosity: float


class Scales(NamedTuple):
    """What the mean flow and its closure need of the turbulence.

    Attributes:
        eddy_viscosity: nu_t.
        dissipation: Rate epsilon at which k is dissipated.
    """

    eddy_viscosity: Field
    dissipation: Field


class Sources(NamedTuple):
    """What makes and spreads k and the second quantity.

    Attributes:
        k: Gain of k per time.
        second: Gain of the second quantity per time.
        k_diffusivity: Diffusivity of k by the eddies.
        second_diffusivity: Diffusivity of the second quantity by the eddies.
    """

    k: Field
    second: Field
    k_diffusivity: Field
    second_diffusivity: Field


@runtime_checkable
class TurbulenceModel(Protocol):
    """Transport of the kinetic energy k and of a second quantity, both positive; k vanishes at walls."""

    @property
    def second(self) -> str:
        """Name of the second quantity."""
        ...

    def start(
        self, wall_distance: Float64[np.ndarray, "z y"], viscosity: float, friction_velocity: float
    ) -> tuple[Float64[np.ndarray, "z y"], Float64[np.ndarray, "z y"]]:
        """A guess of k and the second quantity."""
        ...

    def at_walls(
        self, wall_distance: Float64[np.ndarray, "z y"], viscosity: float
    ) -> Float64[np.ndarray, "z y"] | None:
        """Known value of the second quantity in cells at walls; None if it vanishes at walls instead."""
        ...

    def scales(self, at: Turbulence) -> Scales:
        """Eddy viscosity and dissipation."""
        ...

    def sources(self, at: Turbulence, scales: Scales, production: Field) -> Sources:
        """What makes and spreads both quantities, given the rate at which the mean flow makes k."""
        ...
