"""Does choosing flows beat drawing them? Active learning with bagged null models, which are trained in seconds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from config import ACTIVE_LEARNING, ACTIVE_LEARNING_SEEDS

from emulax.core.progress import progress
from emulax.data import FlowData, FlowInputs
from emulax.datagen.active_learning import SELECTIONS, LearningCurve, gain, learn_actively
from emulax.metrics import rel_l2
from emulax.trust import Ensemble, PodGaussianProcess, Predictor
from emulax.workflows.rows import Row

_MEMBERS = 3
_TRIED_ON = 256


Curves = Mapping[str, Sequence[LearningCurve]]
"""By selection one curve a seed."""


def active_learning_curves(pool: FlowData, held_out: FlowData) -> Curves:
    """Error over number of flows, by each selection from a pool of flows that are solved already."""
    tried = held_out.take(slice(_TRIED_ON))
    known = {_key(pool.inputs, index): index for index in range(len(pool))}

    def solve(inputs: FlowInputs) -> FlowData:
        return pool.take(np.array([known[_key(inputs, index)] for index in range(len(inputs))]))

    def train(flows: FlowData, seed: int) -> Sequence[Predictor]:
        rng = np.random.default_rng([seed, len(flows)])
        draws = [rng.integers(len(flows), size=len(flows)) for _ in range(_MEMBERS)]
        return [PodGaussianProcess.fit(flows.take(np.unique(draw))).predict for draw in draws]

    def error(members: Sequence[Predictor]) -> float:
        velocity = Ensemble(members).mean(tried.inputs)[..., :2]
        return float(rel_l2(velocity, tried.velocity, tried.mask).mean(dtype=np.float64))

    curves: dict[str, list[LearningCurve]] = {name: [] for name in SELECTIONS}
    with progress("active learning", len(SELECTIONS) * len(ACTIVE_LEARNING_SEEDS), "curves") as tick:
        for name, select in SELECTIONS.items():
            for seed in ACTIVE_LEARNING_SEEDS:
                curves[name].append(
                    learn_actively(
                        pool.inputs,
                        select,
                        solve=solve,
                        train=train,
                        error=error,
                        config=ACTIVE_LEARNING,
                        seed=seed,
                    )
                )
                tick(sum(map(len, curves.values())), name)
    return curves


def active_learning_rows(curves: Curves) -> list[Row]:
    """Error of each selection less that of random selection; a negative interval proves a gain."""
    rows = []
    for name, found in curves.items():
        last = float(np.mean([curve.error[-1] for curve in found]))
        labelled = int(found[0].labelled[-1])
        rows.append(Row(f"trust.active.{name}.rel_l2", last, "rel", reason=f"{labelled} flows, {len(found)} seeds"))
        if name != "random":
            beaten = gain(found, curves["random"])
            verdict = "better than" if beaten.proven else "worse than" if beaten.low > 0 else "not told apart from"
            rows.append(
                Row(
                    f"trust.active.{name}.gain",
                    beaten.mean,
                    "rel",
                    reason=f"{verdict} random; 95 % interval {beaten.low:.2g} to {beaten.high:.2g}",
                )
            )
    return rows


def _key(inputs: FlowInputs, index: int) -> bytes:
    return inputs.sdf[index].tobytes() + inputs.reynolds[index].tobytes()
