"""Time of a prediction beside the time of the solver, on the same cores, at 256 x 128 cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from emulax.data import FlowData, Normalisation
from emulax.datagen import load_recipe
from emulax.metrics import rel_l2
from emulax.models.blocks import with_bfloat16_weights
from emulax.models.sdf_flow import FlowModelConfig, FNOConfig, GuoConfig, TransolverConfig, UNetConfig, build
from emulax.workflows.rows import Limit, Row
from emulax.workflows.runs import load_model
from emulax.workflows.speed import SolverTime, error_on_finer, predictor_seconds, solver_times

DATASET = "flow-primitives-2d"
BATCHES = (1, 10, 100)
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


def time_rows(runs: Mapping[str, Path], size: str) -> list[Row]:
    """First what the solver reaches on coarser grids and the trained networks at equal accuracy, then bare times.

    Args:
        runs: A run of each trained network.
        size: Size of the data they were trained on, whose test flows are taken.
    """
    recipe = replace(load_recipe(DATASET, size="gpu"), splits=load_recipe(DATASET, size=size).splits)
    solved = solver_times(recipe, max(BATCHES))
    rows = []
    for found in solved:
        name = f"guo2016.solver.{_cells(found.grid)}"
        rows += [
            Row(f"{name}.error", found.error, "rel", reason="rel_l2 against the finest grid"),
            Row(f"{name}.ms", 1e3 * found.seconds, "ms", reason=f"a steady flow, {max(BATCHES)} together, native"),
        ]
    for name, run in runs.items():
        rows += _equal_accuracy_rows(name, run, solved)
    frame = FlowModelConfig(recipe.grid, Normalisation.of(solved[0].flows), reynolds_range=recipe.reynolds)
    for name, network in NETWORKS.items():
        model = build(network, frame)
        if name in IN_BFLOAT16:
            model = with_bfloat16_weights(model)
        for batch, seconds in predictor_seconds(model.predict, solved[0].flows, BATCHES).items():
            note = "bfloat16 weights, " if name in IN_BFLOAT16 else ""
            rows += [
                Row(f"guo2016.{name}.ms_batch{batch}", 1e3 * seconds, "ms", reason=f"a flow, {note}warm, median"),
                Row(
                    f"guo2016.{name}.speedup_batch{batch}",
                    solved[0].seconds / seconds,
                    "x",
                    REQUIRED.get((name, batch)),
                    reason=f"{note}time of the native solver over time of the network, unequal accuracy",
                ),
            ]
    return rows


def _equal_accuracy_rows(name: str, run: Path, solved: Sequence[SolverTime]) -> list[Row]:
    """A trained network beside the fastest of the solver's grids that errs no more, both against the finest."""
    trained, model = load_model(run)
    given = next(found.flows for found in solved if found.grid == trained.grid)
    error = error_on_finer(model.predict(given.inputs)[..., :2], solved[0].flows)
    (seconds,) = predictor_seconds(model.predict, given, (max(BATCHES),)).values()
    equal = min((found for found in solved if found.error <= error), key=lambda found: found.seconds)
    row = f"guo2016.equal.{name}"
    return [
        Row(f"{row}.error", error, "rel", reason=f"on {_cells(trained.grid)} cells, against the solver's finest grid"),
        Row(f"{row}.ms", 1e3 * seconds, "ms", reason=f"a flow, {max(BATCHES)} together, warm, median"),
        Row(
            f"{row}.speedup",
            equal.seconds / seconds,
            "x",
            reason=f"against the solver on {_cells(equal.grid)} cells, whose error is {equal.error:.2g}",
        ),
    ]


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
