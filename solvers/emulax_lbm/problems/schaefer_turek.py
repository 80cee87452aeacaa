"""Flow around a cylinder in a channel (Schaefer & Turek 1996, doi 10.1007/978-3-322-89849-4_39).

The channel is 4.1 D high and 22 D long; the cylinder's centre is 2 D from the inlet and from the bottom. U is the mean
of the parabolic inflow, in 2D-3 when it is largest.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from emulax_lbm.boundaries import Edges, InflowHistory, PressureOutlet, VelocityInlet, Wall, parabolic
from emulax_lbm.case import FlowCase
from emulax_lbm.errors import CaseError
from emulax_lbm.outputs import Probes
from emulax_lbm.problems.ball import ball
from emulax_lbm.units import PhysicalScales

LENGTH, HEIGHT, CENTRE = 22.0, 4.1, (2.0, 2.0)


@dataclass(frozen=True)
class SteadyReference:
    """What is known of 2D-1; the pressure difference is that between front and rear of the cylinder, in Pa."""

    drag_coefficient: float
    lift_coefficient: float
    pressure_difference: float


@dataclass(frozen=True)
class UnsteadyReference:
    """The largest forces in time."""

    drag_max: float
    lift_max: float


@dataclass(frozen=True)
class SheddingReference(UnsteadyReference):
    """The largest forces in a period, and how often it comes."""

    strouhal_number: float


SCHAEFER_TUREK_2D1 = SteadyReference(5.57953523384, 0.010618948146, 0.11752016697)
"""Featflow's high-accuracy values."""

SCHAEFER_TUREK_2D2 = SheddingReference(3.227393, 0.986571, 0.301841)
"""Featflow's values on its finest grid."""

SCHAEFER_TUREK_2D3 = UnsteadyReference(2.950921575, 0.47795)
"""Featflow's values on its finest grid, at 39.3625 and 56.93125 D / U."""

SCALES_2D1 = PhysicalScales(length=0.1, velocity=0.2, density=1.0)
"""The units that 2D-1 is stated in."""

RAMP = 10.0
"""Time in D / U over which the inflow of 2D-2 rises: a sudden start would fill the channel with sound for long."""

PULSE = 80.0
"""Duration of 2D-3 in D / U."""


def schaefer_turek_2d1(cells: int) -> FlowCase:
    """Benchmark 2D-1: steady flow at Reynolds number 20.

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


def schaefer_turek_2d2(cells: int) -> FlowCase:
    """Benchmark 2D-2: vortex shedding at Reynolds number 100, to be started from rest.

    The inflow rises smoothly to its value. It takes some 60 D / U until the flow is periodic.

    Args:
        cells: As for 2D-1.

    Raises:
        CaseError: As for 2D-1.
    """
    return _unsteady(cells, InflowHistory.sampled(lambda time: math.sin(0.5 * math.pi * time / RAMP) ** 2, RAMP, 101))


def schaefer_turek_2d3(cells: int) -> FlowCase:
    """Benchmark 2D-3: an inflow that rises from rest to Reynolds number 100 and falls again, `sin(pi t / 8 s)`.

    Args:
        cells: As for 2D-1.

    Raises:
        CaseError: As for 2D-1.
    """
    return _unsteady(cells, InflowHistory.sampled(lambda time: math.sin(math.pi * time / PULSE), PULSE, 801))


def pressure_difference(case: FlowCase, pressure: Float[np.ndarray, "y x"]) -> float:
    """Pressure at the front of the cylinder less that at its rear, in units of rho U^2."""
    x, y = CENTRE
    probes = Probes(case.sdf, [(x - 0.5, y), (x + 0.5, y)], cells_per_length=case.cells_per_length)
    front, rear = np.asarray(probes.scalar(pressure), np.float64)
    return float(front - rear)


def _unsteady(cells: int, history: InflowHistory) -> FlowCase:
    """At Reynolds number 100. The fluid's compressibility raises the lift by 11 times the lattice velocity squared."""
    return replace(schaefer_turek_2d1(cells), reynolds=100.0, inflow_history=history, lattice_velocity=0.025)
