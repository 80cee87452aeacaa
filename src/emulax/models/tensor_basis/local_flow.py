"""What a model of the Reynolds stress may look at: a mean flow and its turbulence at points."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from jaxtyping import Array, Float


@runtime_checkable
class LocalFlow(Protocol):
    """The mean flow and the turbulence model's scales at points, in one system of units.

    A solver's mean flow is one, and so is a flow of the data.
    """

    @property
    def velocity_gradient(self) -> Float[Array, "*points 3 3"]:
        """dU_i/dx_j."""
        ...

    @property
    def kinetic_energy(self) -> Float[Array, "*points"]:
        """Turbulent kinetic energy k."""
        ...

    @property
    def kinetic_energy_gradient(self) -> Float[Array, "*points 3"]:
        """dk/dx_j."""
        ...

    @property
    def dissipation(self) -> Float[Array, "*points"]:
        """Rate epsilon at which k is dissipated."""
        ...

    @property
    def wall_distance(self) -> Float[Array, "*points"]:
        """Distance to the nearest wall."""
        ...

    @property
    def viscosity(self) -> Float[Array, "*points"] | float:
        """Kinematic viscosity."""
        ...

    @property
    def pressure_gradient(self) -> Float[Array, "*points 3"] | None:
        """dp/dx_j over the density, as the momentum of the mean flow has it; None if it is not known."""
        ...
