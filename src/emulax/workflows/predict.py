"""`emulax predict`: the flow past a shape from a file, checked by the solver if asked."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from jaxtyping import Float32

from emulax.core.errors import InputError
from emulax.core.files import check_output, prepare_output
from emulax.core.progress import log
from emulax.data import FlowData, FlowInputs, write_prediction, write_vtu
from emulax.datagen import solve_flows
from emulax.datagen.solve import inputs_of
from emulax.geometry import Shape, check_inside, load_shape, place
from emulax.report import flow_picture, write_figure
from emulax.trust import TrainedDomain, Verdicts, field_errors, force_coefficients, residuals
from emulax.workflows.error_bars import ErrorBars, read_error_bars
from emulax.workflows.evaluate import median_seconds
from emulax.workflows.rows import Row
from emulax.workflows.runs import Run, load_model, read_domain
from emulax.workflows.score import RESIDUAL_UNITS
from emulax_lbm import CaseError, FlowCase, SteadyOptions

CLEARANCE_CELLS = 2
CENTRE = (0.3, 0.5)
"""Where a shape is put by default, as a share of the box."""


@dataclass(frozen=True)
class Prediction:
    """A predicted flow and, when it was verified, the solver's.

    Attributes:
        run: The run that predicted it.
        domain: What that was trained on.
        error_bars: How far its predictions of such flows are off; None where too few flows told.
        shape: The shape, placed.
        reynolds: U D / nu.
        inputs: What the model was given.
        fields: Channels u, v (units of U) and p (units of rho U^2).
        verdicts: Whether the shape is of the kind that the model was trained on.
        seconds: Median time of a warm prediction.
        directory: Where the files lie.
        truth: The solver's flow, started from the prediction; None when it was not asked.
        solver_seconds: Time of the solver, warm, from the start it chooses itself.
        verify_seconds: Time of the solver, warm, from the prediction.
        errors: Error by metric against the solver.
    """

    run: Run
    domain: TrainedDomain
    error_bars: ErrorBars | None
    shape: Shape
    reynolds: float
    inputs: FlowInputs
    fields: Float32[np.ndarray, "y x 3"]
    verdicts: Verdicts
    seconds: float
    directory: Path
    truth: FlowData | None = None
    solver_seconds: float | None = None
    verify_seconds: float | None = None
    errors: dict[str, float] | None = None


def predict(
    run: Path,
    shape: Path,
    reynolds: float,
    *,
    out: Path | None = None,
    height: float | None = None,
    length: float | None = None,
    angle: float = 0.0,
    verify: bool = False,
) -> Prediction:
    """Predict the flow past the shape in a file and write it as NetCDF, VTU and PNG.

    Args:
        run: Directory of a run.
        shape: Airfoil `.dat`, outline `.csv`, mask `.png` or mesh `.stl`.
        reynolds: U D / nu.
        out: Output directory; `RUN/predictions/SHAPE` when None.
        height: Frontal height in D before turning; by default 1 D, or a chord of 2 D for an airfoil.
        length: Length in D before turning, in place of the height.
        angle: Incidence in degrees, nose up.
        verify: Also run the solver from the prediction until the flow is steady, and compare; a flow that does not
            become steady is compared with a warning.

    Raises:
        InputError: A bad argument; nothing was written.
        RunError: A file could not be written.
    """
    trained = Run.read(Path(run))
    placed = _place(trained, Path(shape), height=height, length=length, angle=angle)
    _check_reynolds(trained, reynolds, placed)
    target = check_output(out if out is not None else Path(run) / "predictions" / Path(shape).stem)

    inputs = inputs_of([placed], [reynolds], trained.grid, trained.cells_per_length)
    if inputs.mask.all():
        raise InputError("--shape", f"{placed.name} is thinner than a cell everywhere", "give it a larger height")
    domain, error_bars = read_domain(Path(run), trained), read_error_bars(Path(run))
    _, model = load_model(Path(run))
    seconds = median_seconds(model.predict, inputs)
    verdicts = domain.judge(inputs)
    if verdicts.out_of_distribution[0]:
        log.warning(
            "%s is out of distribution: of shapes like the training shapes, a share of %.2g lies as far from them",
            placed.name,
            verdicts.p_value[0],
        )
    fields = model.predict(inputs)[0]
    found = Prediction(trained, domain, error_bars, placed, reynolds, inputs, fields, verdicts, seconds, target)
    if verify:
        found = _verify(found)
    prepare_output(target)
    _write(found)
    return found


def _place(run: Run, path: Path, *, height: float | None, length: float | None, angle: float) -> Shape:
    if not math.isfinite(angle):
        raise InputError("--angle", f"is {angle}, must be a finite number of degrees")
    if len(run.grid) != 2:
        raise InputError(str(path), f"is a shape in the plane, but {run.name} was trained in three dimensions")
    body = load_shape(path, height=height, length=length)
    domain = (run.domain[0], run.domain[1])
    centre = (CENTRE[0] * domain[0], CENTRE[1] * domain[1])
    placed = place(body, centre, -math.radians(angle))
    check_inside(placed, domain, clearance=CLEARANCE_CELLS / run.cells_per_length)
    return placed


def _check_reynolds(run: Run, reynolds: float, shape: Shape) -> None:
    """Refuse what the solver would refuse; warn about what the model has not seen."""
    sdf = inputs_of([shape], [1.0], run.grid, run.cells_per_length).sdf[0]
    try:
        FlowCase(sdf, reynolds, run.cells_per_length)
    except CaseError as error:
        raise InputError(f"--{error.field}", error.problem) from error
    low, high = run.frame.reynolds_range
    if not low <= reynolds <= high:
        log.warning(
            "Reynolds number %g is outside the training range %g to %g: expect larger errors", reynolds, low, high
        )


def _verify(prediction: Prediction) -> Prediction:
    run = prediction.run

    def solve(options: SteadyOptions, start: np.ndarray | None = None) -> FlowData:
        return solve_flows(
            [prediction.shape],
            [prediction.reynolds],
            grid=run.grid,
            cells_per_length=run.cells_per_length,
            start=start,
            options=options,
            names=[prediction.shape.name],
        )

    options, predicted = SteadyOptions(), prediction.fields[None]
    solve(replace(options, max_time=1.0))  # compiles
    seconds = []
    for start in (None, predicted):
        began = time.perf_counter()
        truth = solve(options, start)
        seconds.append(time.perf_counter() - began)
    if not truth.certificate.accepted[0]:
        log.warning("the solver's flow is not accepted: %s", truth.certificate.reason[0])
    errors = {metric: float(values[0]) for metric, values in field_errors(predicted, truth).items()}
    cold, started = seconds
    return replace(prediction, truth=truth, solver_seconds=cold, verify_seconds=started, errors=errors)


def _write(prediction: Prediction) -> None:
    run = prediction.run
    sdf, mask = prediction.inputs.sdf[0], prediction.inputs.mask[0]
    stem = prediction.directory / prediction.shape.name
    n = run.cells_per_length
    flows = {"": (prediction.fields, run.name)}
    if prediction.truth is not None:
        flows["-solver"] = (prediction.truth.fields[0], "emulax_lbm")
    for suffix, (fields, source) in flows.items():
        path = stem.with_name(stem.name + suffix)
        write_prediction(
            path.with_name(path.name + ".nc"),
            fields,
            sdf=sdf,
            mask=mask,
            reynolds=prediction.reynolds,
            cells_per_length=n,
            source=source,
        )
        write_vtu(path.with_name(path.name + ".vtu"), fields, sdf=sdf, mask=mask, cells_per_length=n)
    truth = None if prediction.truth is None else prediction.truth.fields[0]
    title = f"{prediction.shape.name}, Re {prediction.reynolds:g}, predicted by {run.name}"
    figure = flow_picture(prediction.fields, sdf=sdf, cells_per_length=n, title=title, truth=truth)
    write_figure(stem.with_name(stem.name + ".png"), figure)


def prediction_rows(prediction: Prediction) -> list[Row]:
    """Time, verdict, forces and residuals of the prediction, and what the solver says of it where it ran."""
    verdicts, domain = prediction.verdicts, prediction.domain
    verdict = "out of distribution" if verdicts.out_of_distribution[0] else "of the kind trained on"
    asked = f"at most {100 * domain.false_alarms:.2g} % false alarms, {len(domain.calibration)} calibration flows"
    return [
        Row("predict.milliseconds", 1e3 * prediction.seconds, "ms", reason="one flow, warm, median"),
        Row(
            "predict.out_of_distribution.p_value",
            float(verdicts.p_value[0]),
            reason=f"{verdict}; asked for {asked}",
        ),
        *_physics_rows(prediction),
        *_solver_rows(prediction),
    ]


def _physics_rows(prediction: Prediction) -> list[Row]:
    """Forces of the predicted fields, unless the body leaves no room for them, and residuals."""
    fields, inputs, n = prediction.fields[None], prediction.inputs, prediction.run.cells_per_length
    drag, lift, note = None, None, "from the predicted fields"
    try:
        drag, lift = map(float, force_coefficients(fields, inputs, cells_per_length=n)[0])
    except InputError as error:
        note = str(error)
    left = residuals(fields, inputs, cells_per_length=n)
    return [
        Row("predict.drag_coefficient", drag, reason=note),
        Row("predict.lift_coefficient", lift, reason=note),
        *_error_bar_rows(prediction, drag),
        *(
            Row(f"predict.{name}", float(left[name][0]), unit, reason="root mean square")
            for name, unit in RESIDUAL_UNITS.items()
        ),
    ]


def _error_bar_rows(prediction: Prediction, drag: float | None) -> list[Row]:
    """Half widths of drag and lift, and of the fields in a cell."""
    bars = prediction.error_bars
    if bars is None:
        return []
    note = f"errors of {bars.coverage:.0%} of flows like the training flows are within, {bars.flows} calibration flows"
    if prediction.verdicts.out_of_distribution[0]:
        note = f"this flow is not like them; {note}"
    known = None if drag is None or bars.drag is None else bars.drag * abs(drag)
    channels = zip((*"uvw"[: len(bars.fields) - 1], "p"), bars.fields, strict=True)
    return [
        Row("predict.drag_coefficient.half_width", known, reason=note),
        Row("predict.lift_coefficient.half_width", bars.lift, reason=note),
        *(
            Row(f"predict.{name}.half_width", width, "U" if name != "p" else "rho U^2", reason=f"a cell's; {note}")
            for name, width in channels
        ),
    ]


def _solver_rows(prediction: Prediction) -> list[Row]:
    truth, verified = prediction.truth, prediction.verify_seconds
    if truth is None or prediction.solver_seconds is None or verified is None or prediction.errors is None:
        return []
    accepted = bool(truth.certificate.accepted[0])
    doubt = "" if accepted else "the solver's flow is not accepted"
    note = f"; {doubt}" if doubt else ""
    return [
        Row("predict.solver.accepted", float(accepted), "bool", reason=str(truth.certificate.reason[0])),
        Row("predict.solver.seconds", prediction.solver_seconds, "s", reason=f"from the start it chooses itself{note}"),
        Row(
            "predict.verify.seconds",
            verified,
            "s",
            reason=f"from the prediction, {truth.certificate.steps[0]} steps{note}",
        ),
        Row(
            "predict.verify.time_ratio",
            (verified + prediction.seconds) / prediction.solver_seconds,
            "x",
            reason=f"inference and the solver from the prediction, over the solver from its own start{note}",
        ),
        Row(
            "predict.speedup",
            prediction.solver_seconds / prediction.seconds,
            "x",
            reason=f"same machine, unequal accuracy{note}",
        ),
        Row("predict.solver.drag_coefficient", float(truth.drag_coefficient[0]), reason=doubt),
        Row("predict.solver.lift_coefficient", float(truth.lift_coefficient[0]), reason=doubt),
        *(Row(f"predict.error.{metric}", value, "rel", reason=doubt) for metric, value in prediction.errors.items()),
    ]
