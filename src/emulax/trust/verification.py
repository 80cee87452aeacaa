"""The solver as the judge: it starts from a prediction and runs until its own criterion holds.

What it ends with is its own flow, whatever the prediction was; a good one only saves time, and `compare_starts`
measures how much. What takes the time is the error in the wake, which the stream has to carry out of the box: it decays
e-fold in 2 to 3 D/U. Sound from an equilibrium at the predicted fields is no hindrance: the solver's own flow, started
so, moves by 0.05 %. Started without its pressure, though, it moves by 4.6 %.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float32, Int

from emulax.core.errors import InputError
from emulax.data import FlowData, FlowInputs
from emulax.metrics import rel_l2
from emulax.trust.protocol import Predictor
from emulax_lbm import CaseError, Flow, FlowCase, Run, SteadyOptions, coarse_start, past_a_body, simulate_steady


@dataclass(frozen=True, eq=False)
class Verification:
    """The solver's flows and what the predictions they started from were worth.

    Attributes:
        flows: Fields, forces and certificate of each flow; look at the certificate before using it.
        error: `rel_l2` of each prediction against the solver's velocity.
        seconds: What the solver took for all of them, compilation included.
    """

    flows: Sequence[Flow]
    error: Float32[np.ndarray, " sample"]
    seconds: float

    @property
    def fields(self) -> Float32[np.ndarray, "sample *space channel"]:
        """The solver's velocity (units of U) and pressure (units of rho U^2) as channels."""
        return np.stack([np.concatenate([flow.velocity, flow.pressure[..., None]], axis=-1) for flow in self.flows])


def verify(
    fields: Float32[np.ndarray, "sample *space channel"],
    inputs: FlowInputs,
    *,
    cells_per_length: int,
    options: SteadyOptions = SteadyOptions(),  # noqa: B008 - frozen
) -> Verification:
    """Run the solver from predicted fields until each flow is steady.

    Args:
        fields: Predicted velocity (units of U) and pressure (units of rho U^2) as channels.
        inputs: Geometry, Reynolds number and inflow of each flow.
        cells_per_length: Cells in D.
        options: When a flow counts as steady. There is no coarse start, and so no error estimate from one.

    Raises:
        InputError: A prediction that is not finite in the fluid, or a case that the solver cannot run.
    """
    start = _start(fields, inputs)
    cases = flow_cases(inputs, cells_per_length=cells_per_length)
    began = time.perf_counter()
    try:
        flows = simulate_steady(
            cases, replace(options, grid_pair=False), velocity=start[..., :-1], pressure=start[..., -1]
        )
    except CaseError as error:
        raise InputError(error.field, error.problem) from error
    seconds = time.perf_counter() - began
    error = rel_l2(start[..., :-1], np.stack([flow.velocity for flow in flows]), inputs.mask)
    return Verification(flows, error, seconds)


def _start(
    fields: Float32[np.ndarray, "sample *space channel"], inputs: FlowInputs
) -> Float32[np.ndarray, "sample *space channel"]:
    """What the solver starts from: the prediction in the fluid, nothing in the solid."""
    where = inputs.mask[..., None]
    if not np.isfinite(fields[np.broadcast_to(where, fields.shape)]).all():
        raise InputError("fields", "are not finite everywhere in the fluid: the solver cannot start from them")
    return np.where(where, fields, np.float32(0.0))


UNIFORM, COARSE, PREDICTED = "uniform", "coarse", "predicted"


@dataclass(frozen=True, eq=False)
class StartComparison:
    """How long flows take to come near their end, by what they start from.

    Attributes:
        tolerance: How near: `rel_l2` of the velocity.
        steps: Steps of each flow after which it stays that near, by name of the start.
        preparation: Seconds per flow before the first step: inference, or the flow on half the cells.
        seconds_per_step: Of one flow, mean over all runs.
    """

    tolerance: float
    steps: Mapping[str, Int[np.ndarray, " sample"]]
    preparation: Mapping[str, float]
    seconds_per_step: float

    def seconds(self, start: str) -> float:
        """Mean seconds per flow, preparation included."""
        return self.preparation[start] + float(self.steps[start].mean()) * self.seconds_per_step

    def time_ratio(self, start: str = PREDICTED, *, against: str = UNIFORM) -> float:
        """Seconds from one start over seconds from another."""
        return self.seconds(start) / self.seconds(against)


def compare_starts(
    predict: Predictor,
    flows: FlowData,
    *,
    tolerance: float = 3e-3,
    look_every: int = 20,
    max_time: float = 60.0,
) -> StartComparison:
    """Measure the time from a uniform, a coarse and a predicted start to near the end of a flow.

    The end is the flow that the solver reaches when it goes on from `flows` until it changes ten times less than a
    steady flow may. All flows run side by side; a step of one costs the mean over all. Everything is compiled before it
    is timed.

    Args:
        predict: The predictor.
        flows: Steady flows that it was not trained on.
        tolerance: How near: `rel_l2` of the velocity.
        look_every: Steps between two looks.
        max_time: When to stop looking, in D/U; a flow that is not near by then counts as if it were.

    Raises:
        InputError: A prediction that is not finite in the fluid, or a case that the solver cannot run.
    """
    cases = flow_cases(flows.inputs, cells_per_length=flows.cells_per_length)
    tight = SteadyOptions(tolerance=1e-5, force_tolerance=1e-4, max_time=2.0 * max_time)
    end = verify(flows.fields, flows.inputs, cells_per_length=flows.cells_per_length, options=tight).fields[..., :-1]

    uniform = np.stack([case.inflow_velocity() for case in cases]).astype(np.float32)
    coarse_start(cases)
    began = time.perf_counter()
    coarse = coarse_start(cases)
    coarse_seconds = time.perf_counter() - began
    predict(flows.inputs)
    began = time.perf_counter()
    predicted = predict(flows.inputs)
    inference_seconds = time.perf_counter() - began
    predicted = _start(predicted, flows.inputs)
    starts = {
        UNIFORM: (uniform, np.zeros_like(uniform[..., 0]), 0.0),
        COARSE: (*coarse, coarse_seconds),
        PREDICTED: (predicted[..., :-1], predicted[..., -1], inference_seconds),
    }
    last = round(max_time * cases[0].steps_per_time)
    steps, spent, taken = {}, 0.0, 0
    for name, (velocity, pressure, _) in starts.items():
        run = Run(cases, velocity=velocity, pressure=pressure)
        steps[name], seconds = _approach(run, end, flows.mask, tolerance=tolerance, look_every=look_every, last=last)
        spent, taken = spent + seconds, taken + run.steps - look_every
    return StartComparison(
        tolerance,
        steps,
        {name: seconds / len(flows) for name, (_, _, seconds) in starts.items()},
        spent / max(1, taken) / len(flows),
    )


def _approach(
    run: Run, end: np.ndarray, mask: np.ndarray, *, tolerance: float, look_every: int, last: int
) -> tuple[Int[np.ndarray, " sample"], float]:
    """Steps after which each flow stays within the tolerance, and the seconds of all chunks but the first."""
    arrived = np.zeros(len(end), int)
    seconds = 0.0
    settled = 0
    while run.steps < last and settled < run.cases[0].steps_per_time:
        # A flow that has diverged is NaN away.
        far = ~(rel_l2(np.asarray(run.velocity(), np.float32), end, mask) < tolerance)
        arrived[far] = run.steps + look_every
        # Waves may carry a flow away again: look a while longer after all have arrived.
        settled = 0 if far.any() else settled + look_every
        began = time.perf_counter()
        run.advance(look_every)
        run.state.step.block_until_ready()
        seconds += (time.perf_counter() - began) * (run.steps > look_every)
    return arrived, seconds


def flow_cases(inputs: FlowInputs, *, cells_per_length: int) -> list[FlowCase]:
    """What the solver is to run for each flow.

    Raises:
        InputError: A case that it cannot run.
    """
    try:
        return [
            FlowCase(sdf, float(reynolds), cells_per_length, inflow=inflow, edges=past_a_body(sdf.ndim))
            for sdf, reynolds, inflow in zip(inputs.sdf, inputs.reynolds, inputs.inflow, strict=True)
        ]
    except CaseError as error:
        raise InputError(error.field, error.problem) from error
