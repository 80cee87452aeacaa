"""Orders of convergence: flows whose error is known on every grid."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from emulax.workflows.rows import Check, Limit, Row
from emulax.workflows.validate.lbm.exact import largest_error
from emulax_lbm import D3Q19, D3Q27, FlowCase, Lattice, simulate
from emulax_lbm.boundaries import Walls
from emulax_lbm.problems import (
    CircularCouette,
    TaylorGreen,
    TaylorGreen3D,
    inclined_poiseuille,
    observed_order,
    poiseuille,
)

Field = np.ndarray


def checks(*, quick: bool) -> list[Check]:
    """The checks of this kind."""
    if quick:
        return [partial(taylor_green_order, (32, 64, 128), tolerance=0.15)]
    return [
        partial(taylor_green_order, (32, 64, 128, 256), tolerance=0.1),
        poiseuille_order,
        inclined_poiseuille_order,
        circular_couette_order,
        taylor_green_3d_order,
        galilean_order,
    ]


def poiseuille_order(cells: Sequence[int] = (8, 16, 32)) -> Row:
    """Observed order of the parabola's error with the magic parameter 1/4, which displaces half-way walls a little."""
    errors = [largest_error(*poiseuille(n, magic=0.25)) for n in cells]
    return _order_row(
        "lbm.poiseuille_quarter.order",
        cells,
        errors,
        "parabola, half-way walls, magic 1/4",
        "doi 10.1103/PhysRevE.68.066614",
    )


def inclined_poiseuille_order(rows: Sequence[int] = (16, 32, 64), *, walls: Walls = "bouzidi") -> Row:
    """Observed order of the velocity error between walls that cross the links anywhere."""
    errors = [_steady_error(*inclined_poiseuille(n, walls=walls), width=1.0) for n in rows]
    return _order_row(
        "lbm.poiseuille_inclined.order",
        rows,
        errors,
        "parabola, walls from the signed distance",
        "exact solution",
        tolerance=0.15,
    )


def circular_couette_order(cells: Sequence[int] = (16, 32, 64), *, walls: Walls = "bouzidi") -> Row:
    """Observed order of the velocity error between cylinders; the worse of the two that may turn."""
    problems = [CircularCouette(turning="inner"), CircularCouette(turning="outer")]
    errors = {
        problem: [_steady_error(problem.case(n, walls=walls), problem.velocity(n), width=0.5) for n in cells]
        for problem in problems
    }
    order = {problem: observed_order(cells, found) for problem, found in errors.items()}
    worse = max(order, key=lambda problem: abs(order[problem] - 2.0))
    return _order_row(
        "lbm.circular_couette.order",
        cells,
        errors[worse],
        f"exact profile; the {worse.turning} cylinder turning is the worse",
        "exact solution",
        tolerance=0.15,
    )


def taylor_green_order(cells: Sequence[int], *, tolerance: float, velocity: float = 0.04, time: float = 0.25) -> Row:
    """Observed order of the velocity error; the lattice velocity falls with the cell size."""
    problem = TaylorGreen()

    def error(n: int, lattice_velocity: float) -> float:
        case = problem.case(n, lattice_velocity=lattice_velocity)
        start = problem.velocity(n, 0.0), problem.pressure(n, 0.0)
        return _error_after(case, start, time, partial(problem.velocity, n))

    errors = _refined(error, cells, velocity)
    return _order_row(
        "lbm.taylor_green_2d.order",
        cells,
        errors,
        "exact decaying vortex",
        "doi 10.1098/rspa.1937.0036",
        tolerance,
    )


def taylor_green_3d_order(cells: Sequence[int] = (16, 32, 64), *, velocity: float = 0.04, time: float = 0.25) -> Row:
    """The same in three dimensions: of the lattices' orders the one that is farther from two."""
    problem = TaylorGreen3D()

    def error(lattice: Lattice, n: int, lattice_velocity: float) -> float:
        case = problem.case(n, lattice_velocity=lattice_velocity, lattice=lattice)
        start = problem.initial_velocity(n), problem.initial_pressure(n)
        return _error_after(case, start, time, partial(problem.velocity, n))

    errors = {lattice: _refined(partial(error, lattice), cells, velocity) for lattice in (D3Q19, D3Q27)}
    order = {lattice: observed_order(cells, found) for lattice, found in errors.items()}
    worse = max(order, key=lambda lattice: abs(order[lattice] - 2.0))
    return _order_row(
        "lbm.taylor_green_3d.order",
        cells,
        errors[worse],
        f"Fourier solution; {worse.name} is the worse lattice",
        "doi 10.1098/rspa.1937.0036",
    )


def galilean_order(cells: Sequence[int] = (32, 64, 128), *, velocity: float = 0.04, stream: float = 0.5) -> Row:
    """Observed order of the difference between a vortex at rest and one that a stream has carried through the box."""
    problem = TaylorGreen()

    def difference(n: int, lattice_velocity: float) -> float:
        case = problem.case(n, lattice_velocity=lattice_velocity)
        moved = problem.velocity(n, 0.0) + np.array([stream, 0.0])
        pressure, steps = problem.pressure(n, 0.0)[None], round(case.steps_per_time / stream)
        at_rest, carried = (
            simulate([case], steps, velocity=start[None], pressure=pressure)[0].velocity
            for start in (problem.velocity(n, 0.0), moved)
        )
        return float(np.linalg.norm(carried - [stream, 0.0] - at_rest) / np.linalg.norm(at_rest))

    errors = _refined(difference, cells, velocity)
    return _order_row(
        "lbm.galilean.order",
        cells,
        errors,
        f"decaying vortex at rest against one carried through the box at {stream:g} U",
        "doi 10.1098/rspa.1937.0036",
    )


def _refined(error: Callable[[int, float], float], cells: Sequence[int], velocity: float) -> list[float]:
    """Error on each grid; the lattice velocity falls with the cell size, and with it the time step's square."""
    return [error(n, velocity * cells[0] / n) for n in cells]


def _error_after(case: FlowCase, start: tuple[Field, Field], time: float, exact: Callable[[float], Field]) -> float:
    """Relative error of the velocity after `time`, from a start at the given velocity and pressure."""
    velocity, pressure = start
    (flow,) = simulate([case], round(time * case.steps_per_time), velocity=velocity[None], pressure=pressure[None])
    truth = exact(flow.time)
    return float(np.linalg.norm(flow.velocity - truth) / np.linalg.norm(truth))


def _steady_error(case: FlowCase, exact: Field, *, width: float) -> float:
    """Relative error of the velocity when the flow has become steady, from a start at the exact one.

    Between walls a `width` (in D) apart, what differs from the steady flow decays as `exp(-pi^2 nu t / width^2)`.
    """
    steps = round((width * case.cells_per_length) ** 2 / case.viscosity)
    (flow,) = simulate([case], steps, velocity=exact[None])
    return float(np.linalg.norm(flow.velocity - exact) / np.linalg.norm(exact))


def _order_row(
    name: str, cells: Sequence[int], errors: Sequence[float], reference: str, source: str, tolerance: float = 0.1
) -> Row:
    listed = ", ".join(f"{error:.1e}" for error in errors)
    limit = Limit("within", 2.0, tolerance)
    return Row(name, observed_order(cells, errors), "1", limit, f"{reference}; errors {listed}", source)
