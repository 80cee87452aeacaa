"""The border to physical units: the solver itself knows none."""

from __future__ import annotations

from dataclasses import dataclass, fields

from emulax_lbm.checks import require_positive


@dataclass(frozen=True)
class PhysicalScales:
    """What the units D, U and rho of a case stand for; every number of the solver times its scale is in SI.

        scales = PhysicalScales(length=0.1, velocity=0.2, density=1.0)
        pascal = scales.pressure * flow.pressure

    Args:
        length: Reference length D in m.
        velocity: Reference velocity U in m/s.
        density: Density rho in kg/m^3.

    Raises:
        CaseError: A scale that is not a positive number.
    """

    length: float
    velocity: float
    density: float

    def __post_init__(self) -> None:
        for field in fields(self):
            require_positive(field.name, getattr(self, field.name))

    @property
    def time(self) -> float:
        """D / U in s."""
        return self.length / self.velocity

    @property
    def rate(self) -> float:
        """U / D in 1/s: the scale of vorticity, strain rate and frequency."""
        return self.velocity / self.length

    @property
    def pressure(self) -> float:
        """Rho U^2 in Pa."""
        return self.density * self.velocity**2

    def force(self, dimensions: int) -> float:
        """Rho U^2 D / 2 in N/m, in three dimensions rho U^2 D^2 / 2 in N: the scale of force coefficients."""
        return 0.5 * self.pressure * self.length ** (dimensions - 1)

    def viscosity(self, reynolds: float) -> float:
        """Kinematic viscosity U D / Re in m^2/s."""
        return self.velocity * self.length / reynolds
