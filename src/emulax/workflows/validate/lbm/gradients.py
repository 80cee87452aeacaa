"""Derivatives through the steps, in reverse mode, against finite differences of runs that know nothing of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from emulax.workflows.rows import Check, Limit, Row
from emulax_lbm import FlowCase, FlowInputs, differentiable, inputs_of, simulate
from emulax_lbm.problems import ball

_SMALL = 1e-4
"""Step of a central difference: its own error and round-off, in float64, are both far below the limit."""


def checks(*, quick: bool) -> list[Check]:
    """The checks of this kind, none of which is soon done."""
    return [] if quick else [viscosity_adjoint, inflow_adjoint, shape_adjoint]


def viscosity_adjoint(cells: int = 16, steps: int = 400) -> Row:
    """Relative error of the drag's derivative by the logarithm of the viscosity: -Re times that by Re."""
    case, gradient = _off_axis(cells, steps)

    def more_viscous(share: float) -> list[FlowCase]:
        return [replace(case, reynolds=case.reynolds / (1.0 + share))]

    error = _relative_error(-case.reynolds * _total(gradient.reynolds), more_viscous, steps, _SMALL)
    return _row("viscosity", error, 1e-3, f"central difference of {_SMALL:g} nu; drag after {steps} steps")


def inflow_adjoint(cells: int = 16, steps: int = 400) -> Row:
    """Relative error of the drag's derivative by the inflow along a lopsided profile."""
    case, gradient = _off_axis(cells, steps)
    uniform = case.inflow_profile()
    profile = np.linspace(0.0, 2.0, len(uniform)) ** 2

    def sheared(share: float) -> list[FlowCase]:
        return [replace(case, inflow=uniform + share * profile)]

    error = _relative_error(_total(gradient.inflow, profile), sheared, steps, _SMALL)
    reference = f"central difference of {_SMALL:g} times a lopsided profile; drag after {steps} steps"
    return _row("inflow", error, 1e-3, reference)


def shape_adjoint(cells: int = 32, steps: int = 400, *, positions: int = 8) -> Row:
    """Relative error of the drag's derivative by the radius of a circle, with which its signed distance falls.

    The drag jumps as cells become solid, and the derivative is that between the jumps. The two have one slope only over
    steps in which many cells change, and in the mean over places of the circle on the grid. What the jumps add on
    average falls with the cells' size: 4 to 10 % of the slope on 16 cells across, 1 to 2 % on 32.
    """
    places = _places(positions).tolist()

    def grown(radius: float) -> list[FlowCase]:
        return [_cylinder(cells, place, diameter=1.0 + 2.0 * radius) for place in places]

    gradient = _gradient(grown(0.0), steps)
    error = _relative_error(-_total(gradient.sdf), grown, steps, 0.5 / cells)
    reference = (
        f"central difference of half a cell in the radius, both averaged over {positions} places within a cell;"
        f" drag after {steps} steps, {cells} cells across the circle"
    )
    return _row("sdf", error, 0.1, reference)


@lru_cache(maxsize=1)
def _off_axis(cells: int, steps: int) -> tuple[FlowCase, FlowInputs]:
    """A flow that is not its own mirror image, so that what is lopsided counts, and the gradient of its drag."""
    case = _cylinder(cells, (0.4, 2.3))
    return case, _gradient([case], steps)


def _gradient(cases: Sequence[FlowCase], steps: int) -> FlowInputs:
    """Derivatives of the mean drag of some cases, in one batch, by all their inputs."""
    solve = differentiable(cases, steps)
    return jax.jit(jax.grad(lambda inputs: jnp.mean(solve(inputs).forces[:, 0])))(inputs_of(cases))


def _total(gradient: Array | None, direction: float | np.ndarray = 1.0) -> float:
    return float(np.sum(np.asarray(gradient) * direction))


def _relative_error(slope: float, made: Callable[[float], Sequence[FlowCase]], steps: int, step: float) -> float:
    """Relative error of the derivative of the mean drag of cases by a parameter of which they are made, at zero."""
    # All start alike: the start is an input of its own, which does not change with the inflow.
    start = [case.inflow_velocity() for case in made(0.0)]
    flows = simulate([*made(step), *made(-step)], steps, velocity=np.stack([*start, *start]))
    ahead, behind = np.reshape([flow.drag_coefficient for flow in flows], (2, -1)).mean(axis=1)
    expected = (ahead - behind) / (2.0 * step)
    return float(abs(slope - expected) / abs(expected))


def _cylinder(cells: int, place: Sequence[float], *, diameter: float = 1.0) -> FlowCase:
    """A circle in a small box with inlet and outlet, off the box's axis by so many cells."""
    centre = (1.5 + place[0] / cells, 1.25 + place[1] / cells)
    sdf = ball((5 * cells // 2, 5 * cells), centre, cells, diameter=diameter)
    return FlowCase(sdf, 20.0, cells, precision="float64")


def _places(count: int) -> Float[np.ndarray, "place 2"]:
    """Evenly spread parts of a cell: the additive sequence of the plastic number (Roberts's R2).

    Across the stream half a cell is enough, since the other half holds the mirror images.
    """
    plastic = 1.324717957244746
    spread = (0.5 + np.arange(count)[:, None] / np.array([plastic, plastic**2])) % 1.0
    return spread * np.array([1.0, 0.5])


def _row(name: str, error: float, limit: float, reference: str) -> Row:
    return Row(f"lbm.adjoint.{name}", error, "rel", Limit("<=", limit), f"{reference}, float64")
