"""Running many cases until each is steady."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from emulax_lbm.case import FlowCase
from emulax_lbm.certificate import STEADY
from emulax_lbm.checks import require_count, require_kind, require_positive
from emulax_lbm.engines import EngineName, choose_engine
from emulax_lbm.errors import CaseError
from emulax_lbm.grid_pair import with_errors
from emulax_lbm.monitor import advance_and_look
from emulax_lbm.setup import (
    Parameters,
    State,
    common_setup,
    initial_state,
    parameters_of,
    require_cases,
    require_fields,
    with_room,
)
from emulax_lbm.simulate import Flow, flow_of, on_host
from emulax_lbm.slots import EMPTY, SHRINK, Slots


@dataclass(frozen=True)
class SteadyOptions:
    """When a run counts as steady, and how to get there.

    Args:
        tolerance: Largest ||u(t) - u(t - D/U)|| / ||u|| over fluid cells.
        force_tolerance: Largest relative change of the drag over D/U.
        max_time: Give up after this time, in D/U.
        batch: Cases advanced together; finished ones make room for the next.
        coarse_start: Start from the steady flow on half the cells, where the body still has enough of them.
        grid_pair: Estimate the discretisation error from these two flows, into the certificates' `velocity_error` and
            `drag_error`; needs the coarse start, in every case.
    """

    tolerance: float = STEADY
    force_tolerance: float = 1e-3
    max_time: float = 60.0
    batch: int = 16
    coarse_start: bool = True
    grid_pair: bool = False

    def __post_init__(self) -> None:
        for name in ("coarse_start", "grid_pair"):
            require_kind(name, getattr(self, name), bool, "True or False")
        if self.grid_pair and not self.coarse_start:
            raise CaseError("grid_pair", "is on, but coarse_start is off: the coarse start is one of the pair")
        for name in ("tolerance", "force_tolerance", "max_time"):
            require_positive(name, getattr(self, name))
        require_count("batch", self.batch, 1)


def simulate_steady(
    cases: Sequence[FlowCase],
    options: SteadyOptions = SteadyOptions(),
    *,
    velocity: Float[np.ndarray, "case ... d"] | None = None,
    pressure: Float[np.ndarray, "case ..."] | None = None,
    engine: EngineName = "auto",
    on_finished: Callable[[int, Flow], None] | None = None,
) -> list[Flow]:
    """Advance cases until each is steady, `options.batch` at a time.

    A finished case leaves its slot to the next one, and a batch that runs empty shrinks, so that little waits for the
    slowest. A case's result depends neither on its slot nor on its neighbours, not even on one that diverges: that one
    leaves its slot, too, and its certificate says why. Convergence is looked at once every D/U, where the inflow has a
    history after its end.

    Args:
        cases: Any number of cases that share box, edges, walls, precision, resolution and lattice velocity.
        options: Tolerances and limits.
        velocity: Initial velocity in units of U. When None, a coarse start if asked for, else the inflow.
        pressure: Initial pressure in units of rho U^2, with a velocity; zero when None.
        engine: `xla`, `native`, or `auto`: native where it can run.
        on_finished: Called with the index and the result of each case as it finishes.

    Returns:
        One `Flow` per case, in order; look at its certificate before using it.

    Raises:
        CaseError: Cases that cannot run together or have no grid pair though one is asked for, fields that do not go
            with them, a pressure without a velocity, an engine that cannot run them, or an inflow that changes for
            longer than a run may take.
    """
    require_cases(cases)
    require_kind("options", options, SteadyOptions, "SteadyOptions")
    require_kind("on_finished", on_finished, Callable | None, "a function or None")
    if not cases:
        return []
    setup = common_setup(cases)
    require_fields(cases, velocity, pressure)
    earliest = _inflow_settles(cases, options)
    chosen = choose_engine(engine, setup)
    coarse: list[Flow | None] = [None] * len(cases)
    if options.grid_pair:
        _check_grid_pair(cases, velocity)
    if velocity is None:
        if pressure is not None:
            raise CaseError("pressure", "is given without the velocity that goes with it")
        if options.coarse_start:
            coarse = _coarse_flows(cases, options, chosen)
        velocity, pressure = _start(cases, coarse)

    alone = [jax.device_get(parameters_of([case], setup)) for case in cases]
    links = max(parameters.links_per_case for parameters in alone)
    alone = [with_room(parameters, links) for parameters in alone]

    def load(indices: Sequence[int]) -> tuple[Parameters, State]:
        where = list(indices)
        parameters = jax.tree.map(lambda *cases: jnp.asarray(np.concatenate(cases)), *(alone[i] for i in where))
        start = np.asarray(velocity)[where], None if pressure is None else np.asarray(pressure)[where]
        return parameters, initial_state(setup, parameters, *start)

    window = cases[0].steps_per_time
    slots = Slots.first(min(options.batch, len(cases)))
    on_device = load(slots.occupant)
    waiting = list(range(len(slots.occupant), len(cases)))
    results: dict[int, Flow] = {}
    while len(results) < len(cases):
        parameters, state = on_device
        state, looked = advance_and_look(chosen, setup, parameters, state, window)
        on_device, monitor = (parameters, state), on_host(looked)
        steady, ended = slots.judge(
            np.asarray(monitor.residual),
            np.asarray(monitor.force)[:, 0] if setup.walls_inside else None,
            steps=window,
            tolerance=options.tolerance,
            force_tolerance=options.force_tolerance,
            last_step=options.max_time * window,
            earliest=earliest[slots.occupant],
        )
        for slot in map(int, np.flatnonzero(ended)):
            index, steps = slots.occupant[slot], int(slots.steps[slot])
            flow = flow_of(
                chosen,
                setup,
                on_device,
                monitor,
                slot,
                cases[index],
                steps=steps,
                converged=bool(steady[slot]),
                must_converge=True,
            )
            half = coarse[index]
            if options.grid_pair and half is not None:
                flow = with_errors(flow, half, cases[index].sdf > 0.0)
            results[index] = flow
            if on_finished is not None:
                on_finished(index, flow)
            if waiting:
                slots.occupy(slot, waiting.pop(0))
                on_device = _put(on_device, load([slots.occupant[slot]]), jnp.int32(slot))
            else:
                slots.occupy(slot, EMPTY)
        if 0 < slots.occupied <= len(slots.occupant) // SHRINK:
            keep = slots.shrink()
            on_device = jax.tree.map(lambda leaf: leaf[keep], on_device)  # noqa: B023 - used at once
    return [results[i] for i in range(len(cases))]


def coarse_start(
    cases: Sequence[FlowCase], options: SteadyOptions = SteadyOptions(), *, engine: EngineName = "auto"
) -> tuple[Float[np.ndarray, "case ... d"], Float[np.ndarray, "case ..."]]:
    """Velocity and pressure of each case's steady flow on half the cells each way, brought to the cases' cells.

    `simulate_steady` starts from them if its options say so; this is to start another run from them, or to compare them
    with another start. Where a case cannot be run on half the cells, they are its inflow without pressure.

    Args:
        cases: As for `simulate_steady`, at least one.
        options: Tolerances and limits of the flow on half the cells.
        engine: `xla`, `native`, or `auto`: native where it can run.

    Raises:
        CaseError: As for `simulate_steady`.
    """
    return _start(cases, _coarse_flows(cases, options, choose_engine(engine, common_setup(cases))))


_LEAST_CELLS = 16


@jax.jit
def _put(batch: tuple[Parameters, State], one: tuple[Parameters, State], slot: jax.Array) -> tuple[Parameters, State]:
    return jax.tree.map(lambda leaf, new: leaf.at[slot].set(new[0]), batch, one)


def _inflow_settles(cases: Sequence[FlowCase], options: SteadyOptions) -> np.ndarray:
    """Steps after which the inflow of each case stays as it is: before, a flow may pause but is not steady."""
    ends = [0.0 if case.inflow_history is None else case.inflow_history.end for case in cases]
    if 0.0 < max(ends) > options.max_time - 1.0:
        problem = f"changes until {max(ends):g} D/U, and a run may take {options.max_time:g}"
        raise CaseError("inflow_history", f"{problem}: raise `max_time` or use `simulate`")
    return np.array([end * case.cells_per_length / case.velocity_scale for end, case in zip(ends, cases, strict=True)])


def _check_grid_pair(cases: Sequence[FlowCase], velocity: np.ndarray | None) -> None:
    if velocity is not None:
        raise CaseError("grid_pair", "is on, but a velocity to start from is given, so that there is no coarse start")
    for index, case in enumerate(cases):
        if _coarsen(case) is None:
            raise CaseError(
                "grid_pair",
                f"is on, but case {index} cannot be run on half the cells: it needs an even number of at least"
                f" {_LEAST_CELLS} each way, and a Reynolds number that half of them resolve",
            )


def _coarse_flows(cases: Sequence[FlowCase], options: SteadyOptions, engine: EngineName) -> list[Flow | None]:
    """The steady flow of each case on half the cells, or None where they would not do."""
    coarse = [_coarsen(case) for case in cases]
    options = replace(options, coarse_start=False, grid_pair=False)
    flows = iter(simulate_steady([case for case in coarse if case is not None], options, engine=engine))
    return [None if case is None else next(flows) for case in coarse]


def _start(cases: Sequence[FlowCase], coarse: Sequence[Flow | None]) -> tuple[np.ndarray, np.ndarray]:
    """Velocity and pressure of each case's coarse flow, or its inflow where that cannot be had."""
    velocity, pressure = [], []
    for case, flow in zip(cases, coarse, strict=True):
        if flow is not None and np.isfinite(flow.certificate.residual):
            velocity.append(_refine(flow.velocity, case.dimensions))
            pressure.append(_refine(flow.pressure, case.dimensions))
        else:
            velocity.append(case.inflow_velocity())
            pressure.append(np.zeros(case.sdf.shape))
    return np.stack(velocity), np.stack(pressure)


def _coarsen(case: FlowCase) -> FlowCase | None:
    """The same case on half the cells each way, if it can be run there.

    The mean over the cells of a coarse cell is the distance at their common corner, which is its centre.
    """
    if any(cells % 2 for cells in case.sdf.shape) or min(case.sdf.shape) < _LEAST_CELLS:
        return None
    if case.inflow_history is not None:  # its beginning does not fit the flow at its end
        return None
    inflow = None if case.inflow is None else _coarsened(case.inflow)
    moving = case.wall_velocity
    if moving is not None:
        moving = np.stack([_coarsened(moving[..., axis]) for axis in range(case.dimensions)], axis=-1)
    half = case.cells_per_length / 2
    try:
        return replace(case, sdf=_coarsened(case.sdf), inflow=inflow, wall_velocity=moving, cells_per_length=half)
    except CaseError:
        return None


def _coarsened(values: np.ndarray) -> np.ndarray:
    """Mean of the two cells along every axis that make one coarse cell."""
    halves = [size for cells in values.shape for size in (cells // 2, 2)]
    return values.reshape(halves).mean(axis=tuple(range(1, len(halves), 2)), dtype=np.float64).astype(values.dtype)


def _refine(values: np.ndarray, dimensions: int) -> np.ndarray:
    """Linear interpolation along each axis from the centres of coarse cells to those of cells half the size."""
    for axis in range(dimensions):
        before = np.concatenate([values.take([0], axis), values.take(range(values.shape[axis] - 1), axis)], axis)
        after = np.concatenate([values.take(range(1, values.shape[axis]), axis), values.take([-1], axis)], axis)
        pair = np.stack([0.75 * values + 0.25 * before, 0.75 * values + 0.25 * after], axis + 1)
        shape = list(values.shape)
        shape[axis] *= 2
        values = pair.reshape(shape)
    return values
