"""Time of a prediction beside the time of the solver, on the same cores, at 256 x 128 cells."""

from __future__ import annotations

from emulax.data import Normalisation
from emulax.datagen import load_recipe
from emulax.models.sdf_flow import FlowModelConfig, build
from emulax.workflows.rows import Limit, Row
from emulax.workflows.speed import predictor_seconds, solver_times

BATCHES = (1, 10, 100)
NETWORKS = ("guo2016", "unet", "fno", "transolver")
REQUIRED = {("guo2016", 100): Limit(">=", 100)}


def time_rows() -> list[Row]:
    """First what the solver reaches on coarser grids, then times of networks, whose weights do not matter for them."""
    recipe = load_recipe("flow-primitives-2d", size="gpu")
    flows, solved = solver_times(recipe, max(BATCHES))
    rows = []
    for found in solved:
        name = f"guo2016.solver.{found.grid[1]}x{found.grid[0]}"
        rows += [
            Row(f"{name}.error", found.error, "rel", reason="rel_l2 against the finest grid"),
            Row(f"{name}.ms", 1e3 * found.seconds, "ms", reason=f"a flow, {max(BATCHES)} together, native, warm"),
        ]
    frame = FlowModelConfig(recipe.grid, Normalisation.of(flows), reynolds_range=recipe.reynolds)
    for name in NETWORKS:
        for batch, seconds in predictor_seconds(build(name, frame).predict, flows, BATCHES).items():
            rows += [
                Row(f"guo2016.{name}.ms_batch{batch}", 1e3 * seconds, "ms", reason="a flow, warm, median"),
                Row(
                    f"guo2016.{_row_name(name)}.speedup_batch{batch}",
                    solved[0].seconds / seconds,
                    "x",
                    REQUIRED.get((name, batch)),
                    reason="time of the native solver over time of the network, unequal accuracy",
                ),
            ]
    return rows


def _row_name(network: str) -> str:
    return "guo_net" if network == "guo2016" else network
