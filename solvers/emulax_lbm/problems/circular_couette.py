"""Flow between two cylinders on one axis, one of which turns (Couette 1890)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float

from emulax_lbm.boundaries import Walls, rotation
from emulax_lbm.case import PERIODIC, FlowCase
from emulax_lbm.errors import CaseError
from emulax_lbm.lattices.lattice import CS2

_INNER, _OUTER, _BOX = 0.5, 1.0, 2.25  # radii and side of the box in units of D
_CENTRE = (0.5 * _BOX, 0.5 * _BOX)


@dataclass(frozen=True)
class CircularCouette:
    """An exact solution between cylinders of radius D / 2 and D.

        u_theta = a r + b / r
        a = (w_o r_o^2 - w_i r_i^2) / (r_o^2 - r_i^2),   b = (w_i - w_o) r_i^2 r_o^2 / (r_o^2 - r_i^2)

    with the angular velocities `w` of the cylinders; that which turns has the speed U at its surface.

    Args:
        reynolds: U D / nu.
        turning: The cylinder that turns, from x towards y; the other one is at rest.
    """

    reynolds: float = 10.0
    turning: Literal["inner", "outer"] = "inner"

    @property
    def _rates(self) -> tuple[float, float]:
        return (1.0 / _INNER, 0.0) if self.turning == "inner" else (0.0, 1.0 / _OUTER)

    @property
    def _coefficients(self) -> tuple[float, float]:
        inner, outer = self._rates
        gap = _OUTER**2 - _INNER**2
        return (outer * _OUTER**2 - inner * _INNER**2) / gap, (inner - outer) * _INNER**2 * _OUTER**2 / gap

    def case(self, cells: int, *, relaxation_time: float = 0.8, walls: Walls = "bouzidi") -> FlowCase:
        """The case in float64; the lattice velocity falls with the cell size, as the relaxation time stays the same.

        Args:
            cells: Cells in D, a multiple of eight: the axis then lies on a corner of four cells on every grid.
            relaxation_time: In steps.
            walls: How the walls reflect.

        Raises:
            CaseError: `cells` is not a multiple of eight.
        """
        radius, turn = _polar(cells)
        inner, outer = self._rates
        return FlowCase(
            np.minimum(radius - _INNER, _OUTER - radius),
            self.reynolds,
            cells,
            edges=PERIODIC,
            walls=walls,
            wall_velocity=np.where(radius < 0.5 * (_INNER + _OUTER), inner, outer)[..., None] * turn,
            moment_centre=_CENTRE,
            lattice_velocity=CS2 * (relaxation_time - 0.5) * self.reynolds / cells,
            precision="float64",
        )

    def velocity(self, cells: int) -> Float[np.ndarray, "y x 2"]:
        """Velocity at the cell centres in units of U, zero in solid cells."""
        a, b = self._coefficients
        radius, turn = _polar(cells)
        fluid = (radius > _INNER) & (radius < _OUTER)
        return np.where(fluid, a + b / np.clip(radius, _INNER, _OUTER) ** 2, 0.0)[..., None] * turn

    @property
    def torque_coefficient(self) -> float:
        """Moment of the fluid on the inner cylinder over rho U^2 D^2 / 2; on the outer one it is the opposite.

        The torque on the inner cylinder is `-4 pi b rho nu` per length.
        """
        return -8.0 * math.pi * self._coefficients[1] / self.reynolds


def _polar(cells: int) -> tuple[np.ndarray, np.ndarray]:
    """Distance from the axis at the cell centres, and the vector of this length along the circle."""
    if cells % 8:
        raise CaseError("cells", f"is {cells}, must be a multiple of 8: the axis would not lie on a corner of cells")
    turn = rotation((round(_BOX * cells),) * 2, _CENTRE, cells, 1.0)
    return np.hypot(turn[..., 0], turn[..., 1]), turn
