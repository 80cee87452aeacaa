"""Flow around a cylinder across a square duct, benchmark 3D-1Z.

Schaefer & Turek 1996, doi 10.1007/978-3-322-89849-4_39: the duct is 2.5 m long and 0.41 m wide and high, the cylinder,
0.1 m thick, stands 0.5 m from the inlet and 0.2 m above the bottom along z.
"""

from __future__ import annotations

import numpy as np

from emulax_lbm.boundaries import Edges, FreeSlip, PressureOutlet, VelocityInlet, Wall, parabolic
from emulax_lbm.case import FlowCase
from emulax_lbm.errors import CaseError
from emulax_lbm.problems.ball import ball

SCHAEFER_TUREK_3D1Z_DRAG = 6.18533
"""Featflow's high-accuracy drag coefficient, on the frontal area of the cylinder."""

SCHAEFER_TUREK_3D1Z_LIFT = 0.009401
"""Its lift coefficient."""

LENGTH, HEIGHT, CENTRE = 25.0, 4.1, (5.0, 2.0)


def schaefer_turek_3d1z(cells: int) -> FlowCase:
    """Half of the duct, cut at its plane of symmetry across the cylinder.

    Reynolds number 20 with the cylinder's diameter D and the mean U of the inflow, the product of two parabolas with
    the peak 2.25 U.

    Args:
        cells: Cells in D, a multiple of twenty, so that walls and plane of symmetry lie on cell faces.

    Raises:
        CaseError: `cells` is not a multiple of twenty.
    """
    if cells % 20:
        raise CaseError("cells", f"is {cells}, must be a multiple of 20: walls would not lie on cell faces")
    height, length = round(HEIGHT * cells), round(LENGTH * cells)
    half = height // 2
    cylinder = ball((height, length), CENTRE, cells)
    return FlowCase(
        np.repeat(cylinder[None], half, axis=0),
        20.0,
        cells,
        edges=Edges(VelocityInlet(), PressureOutlet(), Wall(), Wall(), back=Wall(), front=FreeSlip()),
        inflow=parabolic((height, height))[:half],
        lattice_velocity=0.07,  # beside the cylinder the flow is 2.6 times as fast
    )


def on_frontal_area(half: float) -> float:
    """A force coefficient of the whole cylinder on its frontal area from that of its half on the area D^2."""
    return 2.0 * half / HEIGHT
