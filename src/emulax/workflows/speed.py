"""A prediction against the solver on the same cores: the time of each, at the accuracy of each."""

from __future__ import annotations

import itertools
import time
from collections.abc import Sequence
from dataclasses import dataclass

import jax
import numpy as np
from jaxtyping import Float32

from emulax.core.errors import InputError
from emulax.data import FlowData, Split, split_of
from emulax.datagen import Recipe, solve_flows
from emulax.geometry import Shape
from emulax.metrics import rel_l2
from emulax.trust import Predictor, flow_cases
from emulax.workflows.evaluate import median_seconds
from emulax_lbm import SteadyOptions, common_setup, engine_identity, simulate_steady

# Times the flows wanted that are tried before one gives up.
_TRIES = 10


@dataclass(frozen=True)
class Solved:
    """Flows on one grid.

    Args:
        flows: What the solver found.
        error: Mean `rel_l2` against the finest of the grids, on its cells.
    """

    flows: FlowData
    error: float

    @property
    def grid(self) -> tuple[int, ...]:
        """Cells (y, x)."""
        return self.flows.sdf.shape[1:]


def solve_on_grids(
    recipe: Recipe, count: int, *, split: Split = "test", coarser: Sequence[int] = (1, 2, 4)
) -> list[Solved]:
    """Solve the first flows of a recipe on its grid and on coarser ones, those that become steady on all of them.

    Args:
        recipe: Shapes, Reynolds numbers, grid, and when a flow is steady.
        count: Number of flows.
        split: Of the recipe's splits, which the flows are in.
        coarser: Factors by which cells are larger than the recipe's, ascending.

    Returns:
        One entry a factor.

    Raises:
        InputError: A split without flows, a recipe of which hardly a flow becomes steady, or a grid that does not
            resolve its Reynolds numbers.
    """
    if not getattr(recipe.splits, split):
        raise InputError("split", f"is {split}, of which {recipe.name} has no flows")
    found = _steady_flows(recipe, count, split, coarser)
    truth = found[coarser[0]]
    return [Solved(flows, error_on_finer(flows.velocity, truth)) for flows in found.values()]


def solver_seconds(flows: FlowData, options: SteadyOptions) -> float:
    """Time per flow of solving flows, from the inputs that a network is given; the second time, it is warm.

    Raises:
        InputError: A case that the solver cannot run.
    """
    cases = flow_cases(flows.inputs, cells_per_length=flows.cells_per_length)
    start = time.perf_counter()
    simulate_steady(cases, options)
    return (time.perf_counter() - start) / len(flows)


def solver_engine(flows: FlowData) -> str:
    """What solves such flows here: `native` or `xla`."""
    cases = flow_cases(flows.inputs.take(slice(1)), cells_per_length=flows.cells_per_length)
    return engine_identity("auto", common_setup(cases)).partition("-")[0]


def predictor_seconds(predict: Predictor, flows: FlowData, batch: int) -> float:
    """Median time per flow of warm predictions of so many flows together."""
    return median_seconds(predict, flows.inputs.take(slice(batch))) / batch


def error_on_finer(velocity: Float32[np.ndarray, "sample y x 2"], truth: FlowData) -> float:
    """Mean `rel_l2` of velocities, units of U, against the same flows on other cells, on which they are compared."""
    resized = _resized(velocity, truth.mask)
    return float(rel_l2(resized, truth.velocity, truth.mask).mean(dtype=np.float64))


def _steady_flows(recipe: Recipe, count: int, split: Split, factors: Sequence[int]) -> dict[int, FlowData]:
    """By factor the first flows that the solver accepts on all grids: a prediction is only ever of such."""
    parts: dict[int, list[FlowData]] = {factor: [] for factor in factors}
    drawn = (recipe.sample(index) for index in itertools.count())
    wanted = (one for one in drawn if split_of(one[0].identifier, recipe.splits) == split)
    kept, tried = 0, 0
    while kept < count:
        if tried >= _TRIES * count:
            raise InputError("recipe", f"has {kept} flows that become steady on all grids among its first {tried}")
        tried += count
        shapes, reynolds = zip(*itertools.islice(wanted, count), strict=True)
        solved = {factor: _solve(recipe, shapes, reynolds, factor) for factor in factors}
        steady = np.all([flows.certificate.accepted for flows in solved.values()], axis=0)
        for factor, flows in solved.items():
            parts[factor].append(flows.take(steady))
        kept += int(steady.sum())
    return {factor: FlowData.concatenate(of).take(slice(count)) for factor, of in parts.items()}


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
