"""Time of a prediction beside the time of the solver, on the same cores, at 256 x 128 cells."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import jax
import numpy as np
from jaxtyping import Float64

from emulax.core.progress import progress
from emulax.data import FlowData, Normalisation
from emulax.datagen import load_recipe
from emulax.metrics import rel_l2
from emulax.models.blocks import with_bfloat16_weights
from emulax.models.sdf_flow import FlowModel, FlowModelConfig, FNOConfig, GuoConfig, TransolverConfig, UNetConfig, build
from emulax.workflows.rows import Limit, Row
from emulax.workflows.runs import load_model
from emulax.workflows.speed import (
    Solved,
    error_on_finer,
    predictor_seconds,
    solve_on_grids,
    solver_engine,
    solver_seconds,
)

DATASET = "flow-primitives-2d"
BATCHES = (1, 10, 100)
ROUNDS = 3
NETWORKS = {
    "guo_net": GuoConfig(pressure=False),
    "guo_net_pressure": GuoConfig(),
    "guo_net_f32": GuoConfig(),
    "unet": UNetConfig(),
    "fno": FNOConfig(),
    "transolver": TransolverConfig(),
}
"""Guo's network as published, without pressure and with weights in bfloat16; with pressure; and in float32."""
IN_BFLOAT16 = ("guo_net", "guo_net_pressure")
REQUIRED = {("guo_net", 100): Limit(">=", 100)}
AT_ONCE = {"cpu": 16}
"""Flows that the solver advances at once where it is fastest so; all of them elsewhere."""


def time_rows(runs: Mapping[str, Path], size: str) -> list[Row]:
    """First what the solver reaches on coarser grids and the trained networks at equal accuracy, then bare times.

    Solver and networks are timed in turn, in several rounds after one that does not count, as a shared machine's speed
    changes: a time is the median of the rounds, a ratio that of the ratios in each. Where the solver's engine is not
    the native one, no ratio is judged.

    Args:
        runs: A run of each trained network.
        size: Size of the data they were trained on, whose test flows are taken.
    """
    recipe = replace(load_recipe(DATASET, size="gpu"), splits=load_recipe(DATASET, size=size).splits)
    solved = solve_on_grids(recipe, max(BATCHES))
    engine, at_once = solver_engine(solved[0].flows), AT_ONCE.get(jax.default_backend(), max(BATCHES))
    options = replace(recipe.steady, batch=at_once)
    trained = {name: _Trained.of(run, solved) for name, run in runs.items()}
    frame = FlowModelConfig(recipe.grid, Normalisation.of(solved[0].flows), reynolds_range=recipe.reynolds)
    untrained = {name: build(network, frame) for name, network in NETWORKS.items()}
    untrained |= {name: with_bfloat16_weights(untrained[name]) for name in IN_BFLOAT16}
    timed = {_solver(of): partial(solver_seconds, of.flows, options) for of in solved}
    for name, of in trained.items():
        timed[f"equal.{name}"] = partial(predictor_seconds, of.model.predict, of.flows, max(BATCHES))
    for name, model in untrained.items():
        for batch in BATCHES:
            timed[f"{name}.batch{batch}"] = partial(predictor_seconds, model.predict, solved[0].flows, batch)
    found = _in_turn(timed)

    rows = []
    solving = f"a steady flow, {at_once} of {max(BATCHES)} at once, {engine} engine"
    for of in solved:
        rows += [
            Row(f"guo2016.{_solver(of)}.error", of.error, "rel", reason="rel_l2 against the finest grid"),
            _time_row(f"{_solver(of)}.ms", found[_solver(of)], solving),
        ]
    for name, of in trained.items():
        rows += _equal_accuracy_rows(name, of, solved, found)
    for name in untrained:
        note = "bfloat16 weights, " if name in IN_BFLOAT16 else ""
        for batch in BATCHES:
            seconds = found[f"{name}.batch{batch}"]
            rows += [
                _time_row(f"{name}.ms_batch{batch}", seconds, f"a flow, {note}warm"),
                Row(
                    f"guo2016.{name}.speedup_batch{batch}",
                    float(np.median(found[_solver(solved[0])] / seconds)),
                    "x",
                    REQUIRED.get((name, batch)) if engine == "native" else None,
                    reason=f"{note}time of the solver, {engine} engine, over time of the network, unequal accuracy",
                ),
            ]
    return rows


@dataclass(frozen=True, eq=False)
class _Trained:
    """A trained network and the flows of its grid, solved there; its error is against the finest grid."""

    model: FlowModel
    flows: FlowData
    error: float

    @staticmethod
    def of(run: Path, solved: Sequence[Solved]) -> _Trained:
        trained, model = load_model(run)
        (flows,) = (of.flows for of in solved if of.grid == trained.grid)
        return _Trained(model, flows, error_on_finer(model.predict(flows.inputs)[..., :2], solved[0].flows))


def _in_turn(timed: Mapping[str, Callable[[], float]]) -> dict[str, Float64[np.ndarray, " round"]]:
    """Seconds of everything, round by round but for the first, in which much is compiled."""
    found: dict[str, list[float]] = {name: [] for name in timed}
    rounds = 1 + ROUNDS
    with progress("times", rounds * len(timed), "times") as tick:
        for done, (name, seconds) in enumerate(rounds * list(timed.items()), start=1):
            found[name].append(seconds())
            tick(done, name)
    return {name: np.array(seconds[1:]) for name, seconds in found.items()}


def _equal_accuracy_rows(
    name: str, trained: _Trained, solved: Sequence[Solved], found: Mapping[str, Float64[np.ndarray, " round"]]
) -> list[Row]:
    """A trained network beside the fastest of the solver's grids that errs no more, both against the finest."""
    no_worse = [of for of in solved if of.error <= trained.error]
    equal = min(no_worse, key=lambda of: float(np.median(found[_solver(of)])))
    row, grid = f"equal.{name}", _cells(trained.flows.sdf.shape[1:])
    return [
        Row(f"guo2016.{row}.error", trained.error, "rel", reason=f"on {grid} cells, against the solver's finest grid"),
        _time_row(f"{row}.ms", found[row], f"a flow, {max(BATCHES)} together, warm"),
        Row(
            f"guo2016.{row}.speedup",
            float(np.median(found[_solver(equal)] / found[row])),
            "x",
            reason=f"against the solver on {_cells(equal.grid)} cells, whose error is {equal.error:.2g}",
        ),
    ]


def _time_row(name: str, seconds: Float64[np.ndarray, " round"], note: str) -> Row:
    return Row(f"guo2016.{name}", 1e3 * float(np.median(seconds)), "ms", reason=f"{note}, median of {ROUNDS} rounds")


def _solver(of: Solved) -> str:
    return f"solver.{_cells(of.grid)}"


def _cells(grid: tuple[int, ...]) -> str:
    return "x".join(map(str, reversed(grid)))


def bfloat16_rows(run: Path, flows: FlowData) -> list[Row]:
    """What bfloat16 weights cost Guo's network in accuracy."""
    model = load_model(run)[1]
    errors = [
        rel_l2(found.predict(flows.inputs)[..., :2], flows.velocity, flows.mask).mean(dtype=float)
        for found in (model, with_bfloat16_weights(model))
    ]
    reason = "error with bfloat16 weights over error with float32 weights"
    return [Row("guo2016.guo_net.bfloat16_error_ratio", float(errors[1] / errors[0]), "x", reason=reason)]
