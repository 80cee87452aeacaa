"""Flow around a cylinder in a channel, benchmark 2D-1 (Schaefer & Turek 1996, doi 10.1007/978-3-322-89849-4_39)."""

from __future__ import annotations

from dataclasses import dataclass

from emulax_lbm.boundaries import Edges, PressureOutlet, VelocityInlet, Wall, parabolic
from emulax_lbm.case import FlowCase
from emulax_lbm.errors import CaseError
from emulax_lbm.problems.ball import ball


@dataclass(frozen=True)
class Reference:
    """Reference values of the benchmark."""

    drag_coefficient: float
    lift_coefficient: float
    pressure_difference: float


SCHAEFER_TUREK_2D1 = Reference(5.57953523384, 0.010618948146, 0.11752016697)
"""Featflow's high-accuracy values; pressure in units of rho (m/s)^2 for the mean inflow of 0.2 m/s."""

LENGTH, HEIGHT, CENTRE = 22.0, 4.1, (2.0, 2.0)


def schaefer_turek_2d1(cells: int) -> FlowCase:
    """The case: Reynolds number 20 with the cylinder's diameter D and the mean inflow velocity U.

    The channel is 4.1 D high and 22 D long; the cylinder's centre is 2 D from the inlet and from the bottom.

    Args:
        cells: Cells in D, a multiple of ten, so that the channel walls lie on cell faces.

    Raises:
        CaseError: `cells` is not a multiple of ten.
    """
    if cells % 10:
        raise CaseError("cells", f"is {cells}, must be a multiple of 10: the walls would not lie on cell faces")
    ny, nx = round(HEIGHT * cells), round(LENGTH * cells)
    edges = Edges(left=VelocityInlet(), right=PressureOutlet(), bottom=Wall(), top=Wall())
    # The parabola's peak is 1.5 U and the flow beside the cylinder faster still: a lower U keeps the Mach number.
    return FlowCase(
        ball((ny, nx), CENTRE, cells), 20.0, cells, edges=edges, inflow=parabolic((ny,)), lattice_velocity=0.05
    )
