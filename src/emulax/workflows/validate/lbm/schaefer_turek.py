"""The cylinder in a channel of Schaefer and Turek, in two dimensions."""

from __future__ import annotations

from functools import lru_cache, partial
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from emulax.workflows.rows import Check, Limit, Row
from emulax_lbm import Flow, FlowCase, Run, SteadyOptions, simulate_steady
from emulax_lbm.outputs import Oscillation, oscillation, record
from emulax_lbm.problems import (
    SCALES_2D1,
    SCHAEFER_TUREK_2D1,
    SCHAEFER_TUREK_2D2,
    SCHAEFER_TUREK_2D3,
    pressure_difference,
    schaefer_turek_2d1,
    schaefer_turek_2d2,
    schaefer_turek_2d3,
)
from emulax_lbm.problems.cavity import maximum
from emulax_lbm.problems.schaefer_turek import PULSE

_LOOKS = 20  # in D / U, 66 in a period of 2D-2
_REMAINDER = 0.01  # of a history that counts as periodic


def checks(*, quick: bool) -> list[Check]:
    """The checks of this kind."""
    if quick:
        return [partial(steady_drag, 20, tolerance=0.02 * SCHAEFER_TUREK_2D1.drag_coefficient)]
    return [
        partial(steady_drag, 40, tolerance=0.0167),
        partial(steady_lift, 40),
        partial(steady_pressure_difference, 40),
        partial(shedding_drag, 40),
        partial(shedding_lift, 40),
        partial(shedding_strouhal_number, 40),
        partial(pulse_drag, 40),
        partial(pulse_lift, 40),
    ]


def steady_drag(cells: int, *, tolerance: float) -> Row:
    """Drag coefficient of 2D-1, at Reynolds number 20."""
    flow = _steady(cells)
    return _row("2d1.cd", flow and flow.drag_coefficient, SCHAEFER_TUREK_2D1.drag_coefficient, tolerance, cells)


def steady_lift(cells: int) -> Row:
    """Lift coefficient of 2D-1."""
    flow = _steady(cells)
    return _row("2d1.cl", flow and flow.lift_coefficient, SCHAEFER_TUREK_2D1.lift_coefficient, 0.00032, cells)


def steady_pressure_difference(cells: int) -> Row:
    """Pressure difference between the front and the rear of the cylinder in 2D-1, in the benchmark's units."""
    flow = _steady(cells)
    found = flow and SCALES_2D1.pressure * pressure_difference(schaefer_turek_2d1(cells), flow.pressure)
    return _row("2d1.dp", found, SCHAEFER_TUREK_2D1.pressure_difference, 0.00059, cells)


def shedding_drag(cells: int) -> Row:
    """Largest drag coefficient in a period of 2D-2, at Reynolds number 100."""
    street = _shedding(cells)
    return _row("2d2.cd_max", street and street.drag.maximum, SCHAEFER_TUREK_2D2.drag_max, 0.0161, cells)


def shedding_lift(cells: int) -> Row:
    """Largest lift coefficient in a period of 2D-2."""
    street = _shedding(cells)
    return _row("2d2.cl_max", street and street.lift.maximum, SCHAEFER_TUREK_2D2.lift_max, 0.0099, cells)


def shedding_strouhal_number(cells: int) -> Row:
    """Strouhal number of 2D-2."""
    street = _shedding(cells)
    return _row(
        "2d2.strouhal", street and street.lift.strouhal_number, SCHAEFER_TUREK_2D2.strouhal_number, 0.0015, cells
    )


def pulse_drag(cells: int) -> Row:
    """Largest drag coefficient of 2D-3, where the inflow rises and falls."""
    return _row("2d3.cd_max", _largest(_pulse(cells)[:, 0]), SCHAEFER_TUREK_2D3.drag_max, 0.0295, cells)


def pulse_lift(cells: int) -> Row:
    """Largest lift coefficient of 2D-3."""
    return _row("2d3.cl_max", _largest(_pulse(cells)[:, 1]), SCHAEFER_TUREK_2D3.lift_max, 0.0096, cells)


def _row(name: str, value: float | None, expected: float, tolerance: float, cells: int) -> Row:
    return Row(
        f"lbm.st{name}",
        value,
        "1",
        Limit("within", expected, tolerance),
        reference=f"{expected} (Schaefer-Turek {name[:2].upper()}-{name[2]}), {cells} cells across the cylinder",
        source="Featflow; doi 10.1007/978-3-322-89849-4_39",
    )


@lru_cache(maxsize=1)
def _steady(cells: int) -> Flow | None:
    """The flow of 2D-1, or None where it did not become steady."""
    options = SteadyOptions(tolerance=1e-5, force_tolerance=1e-5, max_time=200.0)
    (flow,) = simulate_steady([schaefer_turek_2d1(cells)], options)
    return flow if flow.certificate.converged else None


class _Street(NamedTuple):
    """Both coefficients of 2D-2 over the same periods."""

    drag: Oscillation
    lift: Oscillation


@lru_cache(maxsize=1)
def _shedding(cells: int) -> _Street | None:
    """The periodic forces of 2D-2, or None where they did not become periodic."""
    forces, interval = _forces(schaefer_turek_2d2(cells), 80.0)
    drag, lift = forces[-round(16.0 / interval) :].T  # four periods and a part of one
    if not np.isfinite(forces).all():
        return None
    street = _Street(oscillation(drag, interval=interval, timed_by=lift), oscillation(lift, interval=interval))
    return street if max(history.remainder for history in street) < _REMAINDER else None


@lru_cache(maxsize=1)
def _pulse(cells: int) -> Float[np.ndarray, "time 2"]:
    """Both coefficients of 2D-3 over its whole time."""
    return _forces(schaefer_turek_2d3(cells), PULSE)[0]


def _forces(case: FlowCase, time: float) -> tuple[Float[np.ndarray, "time 2"], float]:
    """Drag and lift coefficients of a flow from rest, and the time between two."""
    run = Run([case], velocity=np.zeros((1, *case.sdf.shape, 2)))
    every = round(case.steps_per_time / _LOOKS)
    history = record(run, round(time * _LOOKS) * every, every=every)
    return history.forces[:, 0], history.interval


def _largest(history: Float[np.ndarray, " time"]) -> float | None:
    """The maximum, between the samples, or None where the run diverged."""
    return maximum(history) if np.isfinite(history).all() else None
