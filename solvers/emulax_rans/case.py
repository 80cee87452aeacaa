"""A fully developed turbulent flow in a channel or a duct, as the solver is asked for it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from emulax_rans.errors import CaseError
from emulax_rans.section import Section
from emulax_rans.turbulence import KOmegaSST, TurbulenceModel


def _require_positive(field: str, value: float) -> None:
    if not (math.isfinite(value) and value > 0.0):
        raise CaseError(field, f"is {value}, must be a positive number")


@dataclass(frozen=True)
class BulkVelocity:
    """The mean velocity is given, and the driving force is what that takes.

    Args:
        value: Mean streamwise velocity over the section.
    """

    value: float = 1.0

    def __post_init__(self) -> None:
        _require_positive("drive.value", self.value)


@dataclass(frozen=True)
class DrivingForce:
    """The driving force is given.

    Args:
        value: -dP/dx over the density; in a channel of half height 1 it is the square of the friction velocity.
    """

    value: float = 1.0

    def __post_init__(self) -> None:
        _require_positive("drive.value", self.value)


@dataclass(frozen=True, eq=False)
class RansCase:
    """A fully developed flow along x.

    All quantities are in one system of units: the section's unit of length and a unit of velocity.

    Args:
        section: The cross-section.
        viscosity: Kinematic viscosity.
        drive: What drives the flow.
        turbulence: The turbulence model.
        sources: What is taken at each cell per volume and time of the momentum along x, the circulation (at the cell's
            upper corner), k and the second quantity; none by default. Where the second quantity is known, the logarithm
            by which it is to exceed that, with a minus.
    """

    section: Section
    viscosity: float
    drive: BulkVelocity | DrivingForce = BulkVelocity()
    turbulence: TurbulenceModel = KOmegaSST()  # noqa: RUF009 - frozen
    sources: Float64[np.ndarray, "z y 4"] | None = None

    def __post_init__(self) -> None:
        _require_positive("viscosity", self.viscosity)

    @property
    def hydraulic_diameter(self) -> float:
        """Four areas over the length of the walls."""
        section = self.section
        height, width = section.y[-1] - section.y[0], section.z[-1] - section.z[0]
        walls = sum(width if side.endswith("y") else height for side in section.walls)
        return float(4.0 * height * width / walls)

    @property
    def friction_velocity(self) -> float:
        """Root of the mean wall shear stress over the density; by Blasius' law where the bulk velocity is given."""
        if isinstance(self.drive, DrivingForce):
            return math.sqrt(self.drive.value * self.hydraulic_diameter / 4.0)
        reynolds = self.drive.value * self.hydraulic_diameter / self.viscosity
        return self.drive.value * math.sqrt(0.0396 * reynolds**-0.25)
