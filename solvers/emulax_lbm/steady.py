"""Running many cases until each is steady."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from emulax_lbm.case import FlowCase
from emulax_lbm.certificate import STEADY
from emulax_lbm.engines import EngineName, choose_engine
from emulax_lbm.errors import CaseError
from emulax_lbm.monitor import advance_and_look
from emulax_lbm.setup import Parameters, Setup, State, common_setup, initial_state, parameters_of
from emulax_lbm.simulate import Flow, flow_of, on_host


@dataclass(frozen=True)
class SteadyOptions:
    """When a run counts as steady, and how to get there.

    Args:
        tolerance: Largest ||u(t) - u(t - D/U)|| / ||u|| over fluid cells.
        force_tolerance: Largest relative change of the drag over D/U.
        max_time: Give up after this time, in D/U.
        batch: Cases advanced together; finished ones make room for the next.
        coarse_start: Start from the steady flow on half the cells, where the body still has enough of them.
    """

    tolerance: float = STEADY
    force_tolerance: float = 1e-3
    max_time: float = 60.0
    batch: int = 16
    coarse_start: bool = True

    def __post_init__(self) -> None:
        for name in ("tolerance", "force_tolerance", "max_time", "batch"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value > 0):
                raise CaseError(name, f"is {value}, must be a positive number")


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
    slowest. A case's result depends neither on its slot nor on its neighbours. Convergence is looked at once every
    D/U.

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
        CaseError: Cases that cannot run together, or an engine that cannot run them.
    """
    if not cases:
        return []
    setup = common_setup(cases)
    chosen = choose_engine(engine, setup)
    if velocity is None:
        if options.coarse_start:
            velocity, pressure = _coarse_start(cases, options, chosen)
        else:
            velocity = np.stack([case.inflow_velocity() for case in cases])

    links = parameters_of(cases, setup).links_per_case

    def load(indices: Sequence[int]) -> tuple[Parameters, State]:
        where = list(indices)
        parameters = parameters_of([cases[i] for i in where], setup, links=links)
        return parameters, initial_state(
            setup, parameters, velocity[where], None if pressure is None else pressure[where]
        )

    window = cases[0].steps_per_time
    slots = _Slots.first(min(options.batch, len(cases)))
    on_device = load(slots.occupant)
    waiting = list(range(len(slots.occupant), len(cases)))
    results: dict[int, Flow] = {}
    while len(results) < len(cases):
        parameters, state = on_device
        state, looked = advance_and_look(chosen, setup, parameters, state, window)
        on_device, monitor = (parameters, state), on_host(looked)
        steady, ended = slots.judge(monitor.residual, monitor.force[:, 0], setup, options, window)
        for slot in map(int, np.flatnonzero(ended)):
            index, steps = slots.occupant[slot], int(slots.steps[slot])
            settled = bool(steady[slot])
            flow = flow_of(
                chosen,
                setup,
                on_device,
                monitor,
                slot,
                cases[index],
                steps=steps,
                converged=settled,
                must_converge=True,
            )
            results[index] = flow
            if on_finished is not None:
                on_finished(index, flow)
            if waiting:
                slots.occupy(slot, waiting.pop(0))
                on_device = _put(on_device, load([slots.occupant[slot]]), jnp.int32(slot))
            else:
                slots.occupy(slot, _EMPTY)
        if 0 < slots.occupied <= len(slots.occupant) // _SHRINK:
            keep = slots.shrink()
            on_device = jax.tree.map(lambda leaf: leaf[keep], on_device)  # noqa: B023 - used at once
    return [results[i] for i in range(len(cases))]


_LEAST_CELLS = 16
_EMPTY = -1
_SHRINK = 4  # each size is compiled once: shrink rarely


@dataclass
class _Slots:
    """Which case sits in which slot of the batch, and how far it is."""

    occupant: list[int]
    steps: np.ndarray
    drag: np.ndarray

    @classmethod
    def first(cls, count: int) -> _Slots:
        return cls(list(range(count)), np.zeros(count, int), np.full(count, np.nan))

    @property
    def occupied(self) -> int:
        return sum(index != _EMPTY for index in self.occupant)

    def occupy(self, slot: int, index: int) -> None:
        self.occupant[slot], self.steps[slot], self.drag[slot] = index, 0, np.nan

    def judge(
        self,
        residual: jax.Array | np.ndarray,
        drag: jax.Array | np.ndarray,
        setup: Setup,
        options: SteadyOptions,
        window: int,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Which slots are steady, and which have ended: steady, diverged or out of time."""
        self.steps += window
        steady = np.asarray(residual) < options.tolerance
        if setup.walls_inside:
            steady &= np.abs(drag - self.drag) <= options.force_tolerance * np.abs(drag)
        self.drag = np.array(drag)
        ended = steady | ~np.isfinite(residual) | (self.steps >= options.max_time * window)
        return steady, ended & (np.array(self.occupant) != _EMPTY)

    def shrink(self) -> np.ndarray:
        """Keep the slots in use, rounded up to a power of the shrink factor; returns which."""
        size = _SHRINK ** math.ceil(math.log(self.occupied, _SHRINK))
        keep = np.argsort(np.array(self.occupant) == _EMPTY, kind="stable")[:size]
        self.occupant = [self.occupant[slot] for slot in keep]
        self.steps, self.drag = self.steps[keep], self.drag[keep]
        return keep


@jax.jit
def _put(batch: tuple[Parameters, State], one: tuple[Parameters, State], slot: jax.Array) -> tuple[Parameters, State]:
    return jax.tree.map(lambda leaf, new: leaf.at[slot].set(new[0]), batch, one)


def _coarse_start(
    cases: Sequence[FlowCase], options: SteadyOptions, engine: EngineName
) -> tuple[np.ndarray, np.ndarray]:
    """Velocity and pressure of each case's steady flow on half the cells, or its inflow where that cannot be had."""
    coarse = [_coarsen(case) for case in cases]
    runnable = [case for case in coarse if case is not None]
    flows = iter(simulate_steady(runnable, replace(options, coarse_start=False), engine=engine))
    velocity, pressure = [], []
    for case, half in zip(cases, coarse, strict=True):
        flow = None if half is None else next(flows)
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
