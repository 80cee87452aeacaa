"""Steady flows past bodies in three dimensions, cut at their planes of symmetry."""

from __future__ import annotations

from emulax.workflows.rows import Check, Limit, Row
from emulax_lbm import SteadyOptions, simulate_steady
from emulax_lbm.problems import SCHAEFER_TUREK_3D1Z_DRAG, SPHERE_100_DRAG, Sphere, schaefer_turek_3d1z
from emulax_lbm.problems.schaefer_turek_3d import on_frontal_area


def checks(*, quick: bool) -> list[Check]:
    """The checks of this kind, none of which is soon done."""
    return [] if quick else [sphere_100_drag, duct_cylinder_drag]


def sphere_100_drag(cells: int = 20) -> Row:
    """Drag coefficient of a sphere at Reynolds number 100.

    Sound between the sides dies away slowly and moves the drag by some tenths of a per cent; how steady the flow is can
    be known no better.
    """
    sphere = Sphere(cells)
    velocity, pressure = sphere.potential_flow()
    options = SteadyOptions(tolerance=1e-3, force_tolerance=5e-3, max_time=30.0)
    (flow,) = simulate_steady([sphere.case], options, velocity=velocity, pressure=pressure)
    return Row(
        "lbm.sphere100.cd",
        sphere.drag(flow.drag_coefficient) if flow.certificate.converged else None,
        "1",
        Limit("within", SPHERE_100_DRAG, 0.033),
        reference=f"{SPHERE_100_DRAG} (Schiller & Naumann), {cells} cells across the sphere",
        source="doi 10.1017/S0022112098003206",
    )


def duct_cylinder_drag(cells: int = 20) -> Row:
    """Drag coefficient of a cylinder across a square duct at Reynolds number 20."""
    options = SteadyOptions(tolerance=1e-3, force_tolerance=1e-4, max_time=40.0)
    (flow,) = simulate_steady([schaefer_turek_3d1z(cells)], options)
    return Row(
        "lbm.st3d1z.cd",
        on_frontal_area(flow.drag_coefficient) if flow.certificate.converged else None,
        "1",
        Limit("within", SCHAEFER_TUREK_3D1Z_DRAG, 0.124),
        reference=f"{SCHAEFER_TUREK_3D1Z_DRAG} (Schaefer-Turek 3D-1Z), {cells} cells across the cylinder",
        source="Featflow; doi 10.1007/978-3-322-89849-4_39",
    )
