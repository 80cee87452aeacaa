"""From placed shapes to solved flows."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

import numpy as np
from jaxtyping import Float32

from emulax.core.errors import InputError
from emulax.data import Certificates, FlowData, FlowInputs
from emulax.geometry import Body, Shape, grid_points
from emulax.trust import flow_cases
from emulax_lbm import CaseError, Flow, SteadyOptions, simulate_steady


def sample_sdf(shape: Shape | Body, grid: tuple[int, ...], cells_per_length: int) -> Float32[np.ndarray, "*space"]:
    """Signed distance of a placed shape at the cell centres, in units of D."""
    return np.asarray(shape.sdf(grid_points(grid, cells_per_length)), np.float32)


def inputs_of(
    shapes: Sequence[Shape | Body],
    reynolds: Sequence[float],
    grid: tuple[int, ...],
    cells_per_length: int,
    inflow: Float32[np.ndarray, " sample *side"] | None = None,
) -> FlowInputs:
    """What a predictor is given for placed shapes, their Reynolds numbers and their inflow (uniform when None)."""
    sdf = np.stack([sample_sdf(shape, grid, cells_per_length) for shape in shapes])
    return FlowInputs.of(sdf, np.asarray(reynolds, np.float32), inflow)


def solve_flows(
    shapes: Sequence[Shape | Body],
    reynolds: Sequence[float],
    *,
    grid: tuple[int, ...],
    cells_per_length: int,
    inflow: Float32[np.ndarray, " sample *side"] | None = None,
    start: Float32[np.ndarray, "sample *space channel"] | None = None,
    options: SteadyOptions = SteadyOptions(),  # noqa: B008 - frozen
    names: Sequence[str] | None = None,
    on_finished: Callable[[int, Flow], None] | None = None,
) -> FlowData:
    """Solve the steady flow past each shape.

    Args:
        shapes: Placed shapes.
        reynolds: One Reynolds number per shape.
        grid: Cells `([z,] y, x)`.
        cells_per_length: Cells in D.
        inflow: Streamwise velocity at the left edge in units of U; uniform when None.
        start: Fields u, v[, w] (units of U) and p (units of rho U^2) to start from; as the options say when None.
        options: When a flow counts as steady.
        names: Identifiers of the samples; their numbers when None.
        on_finished: Called with index and result as each flow is done.

    Returns:
        All flows, the rejected ones included: look at `certificate.accepted`.

    Raises:
        InputError: A case that cannot be run on this grid.
    """
    inputs = inputs_of(shapes, reynolds, grid, cells_per_length, inflow)
    for shape, mask in zip(shapes, inputs.mask, strict=True):
        if mask.all():
            raise InputError(shape.name, f"is thinner than a cell at {cells_per_length} cells per length: enlarge it")
    cases = flow_cases(inputs, cells_per_length=cells_per_length)
    velocity, pressure = (None, None) if start is None else (start[..., :-1], start[..., -1])
    try:
        flows = simulate_steady(cases, options, velocity=velocity, pressure=pressure, on_finished=on_finished)
    except CaseError as error:
        raise InputError(error.field, error.problem) from error

    def column(name: str, dtype: type) -> np.ndarray:
        return np.array([getattr(flow.certificate, name) for flow in flows], dtype)

    numbers = ("mach_max", "mass_drift", "residual", "relaxation_time", "force_imbalance")
    return FlowData(
        sample_id=np.array(names if names is not None else [f"{i:06d}" for i in range(len(shapes))]),
        geometry_id=np.array([shape.identifier for shape in shapes]),
        geometry=np.array([_describe(shape) for shape in shapes]),
        sdf=inputs.sdf,
        mask=inputs.mask,
        reynolds=inputs.reynolds,
        inflow=inputs.inflow,
        height=np.array([shape.height for shape in shapes], np.float32),
        length=np.array([shape.length for shape in shapes], np.float32),
        velocity=np.stack([flow.velocity for flow in flows]),
        pressure=np.stack([flow.pressure for flow in flows]),
        drag_coefficient=np.array([flow.drag_coefficient for flow in flows], np.float32),
        lift_coefficient=np.array([flow.lift_coefficient for flow in flows], np.float32),
        certificate=Certificates(
            **{name: column(name, np.float32) for name in numbers},
            steps=column("steps", np.int32),
            converged=column("converged", bool),
            accepted=column("accepted", bool),
            reason=column("reason", str),
            velocity_error=column("velocity_error", np.float32),
            drag_error=column("drag_error", np.float32),
        ),
        cells_per_length=cells_per_length,
    )


def _describe(shape: Shape | Body) -> str:
    bounds = [round(value, 6) for value in shape.bounds]
    dimensions = len(bounds) // 2
    extents = {axis: [bounds[i], bounds[i + dimensions]] for i, axis in enumerate("xyz"[:dimensions])}
    return json.dumps({"name": shape.name} | extents)
