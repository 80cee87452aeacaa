"""A prediction against the solver on the same cores: the time of each, at the accuracy of each."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import jax
import numpy as np
from jaxtyping import Float32

from emulax.data import FlowData
from emulax.datagen import Recipe, solve_flows
from emulax.geometry import Shape
from emulax.metrics import rel_l2
from emulax.trust import Predictor
from emulax.workflows.evaluate import median_seconds


@dataclass(frozen=True)
class SolverTime:
    """The solver on one grid.

    Args:
        grid: Cells (y, x).
        seconds: Time per flow, warm, all flows together.
        error: Mean `rel_l2` against the finest of the grids, on its cells.
    """

    grid: tuple[int, int]
    seconds: float
    error: float


def solver_times(
    recipe: Recipe, count: int, *, coarser: Sequence[int] = (1, 2, 4)
) -> tuple[FlowData, list[SolverTime]]:
    """Solve the first flows of a recipe on its grid and on coarser ones.

    Args:
        recipe: Shapes, Reynolds numbers, grid, and when a flow is steady.
        count: Number of flows.
        coarser: Factors by which cells are larger than the recipe's.

    Returns:
        The flows on the recipe's grid, and one entry a factor.
    """
    shapes, reynolds = zip(*(recipe.sample(index) for index in range(count)), strict=True)
    flows, times = {}, []
    for factor in coarser:
        _solve(recipe, shapes, reynolds, factor)  # compiles for so many
        start = time.perf_counter()
        flows[factor] = _solve(recipe, shapes, reynolds, factor)
        seconds = (time.perf_counter() - start) / count
        truth = flows[coarser[0]]
        error = rel_l2(_resized(flows[factor].velocity, truth.mask), truth.velocity, truth.mask)
        times.append(SolverTime(flows[factor].sdf.shape[1:], seconds, float(error.mean(dtype=np.float64))))
    return flows[coarser[0]], times


def predictor_seconds(predict: Predictor, flows: FlowData, batches: Sequence[int]) -> dict[int, float]:
    """Median time per flow of warm predictions by batch size."""
    return {batch: median_seconds(predict, flows.inputs.take(slice(batch))) / batch for batch in batches}


def _solve(recipe: Recipe, shapes: Sequence[Shape], reynolds: Sequence[float], factor: int) -> FlowData:
    return solve_flows(
        shapes,
        reynolds,
        grid=(recipe.grid[0] // factor, recipe.grid[1] // factor),
        cells_per_length=recipe.cells_per_length // factor,
        options=recipe.steady,
    )


def _resized(velocity: Float32[np.ndarray, "sample y x 2"], mask: np.ndarray) -> Float32[np.ndarray, "sample y2 x2 2"]:
    """Linear interpolation between cell centres to the cells of `mask`, zero in solid."""
    fine = jax.image.resize(velocity, (*mask.shape, 2), "linear")
    return np.asarray(fine) * mask[..., None]
