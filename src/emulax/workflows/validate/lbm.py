"""The flow solver against exact solutions, invariants and the cylinder benchmark."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from emulax.core.progress import progress
from emulax.workflows.rows import Limit, Row
from emulax_lbm import FlowCase, SteadyOptions, simulate, simulate_steady
from emulax_lbm.problems import (
    SCHAEFER_TUREK_2D1,
    TaylorGreen,
    box_vortex,
    observed_order,
    poiseuille,
    schaefer_turek_2d1,
)


def validate_lbm(*, quick: bool = False) -> list[Row]:
    """Run every check of the solver.

    Args:
        quick: Coarser grids: half a minute on two cores instead of some minutes.

    Returns:
        The rows; ids are stable.
    """
    checks: tuple[Callable[[], Row], ...] = (
        poiseuille_exact,
        partial(taylor_green_order, (32, 64, 128) if quick else (32, 64, 128, 256)),
        closed_box_mass,
        mirror_drag,
        partial(cylinder_drag, 20 if quick else 40),
    )
    rows = []
    with progress("validate lbm", len(checks), "checks") as tick:
        for check in checks:
            rows.append(check())
            tick(len(rows), rows[-1].id)
    return rows


def poiseuille_exact(cells: int = 16) -> Row:
    """Largest error of the steady profile over the centre-line velocity."""
    case, exact = poiseuille(cells)
    (flow,) = simulate([case], 20_000)
    return Row(
        "lbm.poiseuille.exact",
        float(np.max(np.abs(flow.velocity[..., 0] - exact))),
        "U",
        Limit("<=", 1e-10),
        reference="parabola, half-way walls, magic 3/16, float64",
        source="doi 10.1103/PhysRevE.68.066614",
    )


def taylor_green_order(cells: tuple[int, ...], velocity: float = 0.04, time: float = 0.25) -> Row:
    """Observed order of the velocity error; the lattice velocity falls with the cell size."""
    problem = TaylorGreen()
    errors = []
    for n in cells:
        case = problem.case(n, lattice_velocity=velocity * cells[0] / n)
        steps = round(time * case.steps_per_time)
        (flow,) = simulate(
            [case], steps, velocity=problem.velocity(n, 0.0)[None], pressure=problem.pressure(n, 0.0)[None]
        )
        exact = problem.velocity(n, flow.time)
        errors.append(float(np.linalg.norm(flow.velocity - exact) / np.linalg.norm(exact)))
    return Row(
        "lbm.taylor_green_2d.order",
        observed_order(cells, errors),
        "1",
        Limit("within", 2.0, 0.15),
        reference=f"exact decaying vortex; errors {', '.join(f'{error:.1e}' for error in errors)}",
        source="doi 10.1098/rspa.1937.0036",
    )


def closed_box_mass(steps: int = 10_000) -> Row:
    """Relative change of mass in a closed box with a moving lid."""
    case, velocity, pressure = box_vortex(64)
    (flow,) = simulate([case], steps, velocity=velocity, pressure=pressure)
    return Row(
        "lbm.closed_box.mass_drift_f32",
        flow.certificate.mass_drift,
        "rel",
        Limit("<=", 1e-6),
        reference=f"nothing enters or leaves, {steps} steps, float32",
    )


def mirror_drag() -> Row:
    """Relative difference in drag between a circle off the axis and its mirror image."""
    points = (np.indices((64, 128)) + 0.5) / 16
    circles = [np.hypot(points[1] - 2.4, points[0] - y) - 0.5 for y in (1.7, 2.3)]
    flows = simulate_steady([FlowCase(sdf.astype(np.float32), 20.0, 16) for sdf in circles])
    drag = [flow.drag_coefficient for flow in flows]
    return Row(
        "lbm.mirror.drag_asymmetry",
        abs(drag[0] - drag[1]) / abs(drag[0]),
        "rel",
        Limit("<=", 1e-4),
        reference="equal drag",
    )


def cylinder_drag(cells: int) -> Row:
    """Drag coefficient of the cylinder in a channel at Reynolds number 20."""
    options = SteadyOptions(tolerance=1e-5, force_tolerance=1e-5, max_time=200.0)
    (flow,) = simulate_steady([schaefer_turek_2d1(cells)], options)
    expected = SCHAEFER_TUREK_2D1.drag_coefficient
    return Row(
        "lbm.st2d1.cd",
        flow.drag_coefficient if flow.certificate.converged else None,
        "1",
        Limit("within", expected, 0.02 * expected),
        reference=f"{expected} (Schaefer-Turek 2D-1), {cells} cells across the cylinder",
        source="Featflow; doi 10.1007/978-3-322-89849-4_39",
    )
