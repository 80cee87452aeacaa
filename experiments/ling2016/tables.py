"""From predicted anisotropies to rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from predictors import Predict
from scipy.stats import special_ortho_group

from emulax.data.stresses import StressFlow
from emulax.metrics import anisotropy_rmse, barycentric
from emulax.workflows.rows import Limit, Row, slug

Predictors = Mapping[str, Sequence[Predict]]
"""By name, one a seed."""

JUDGED_MODEL = "tbnn"
EQUIVARIANT = ("zero", "sst", "linear", "quadratic", "explicit-algebraic", "tbnn", "tbnn-no-grad-k")
ON_COMPONENTS = ("components", "neighbours", "constant")
_FRAMES = 5
_NEAR_WALL = 0.1
_ROUNDING = 1e-6


def judged_rows(
    predictors: Predictors,
    held_out: Sequence[StressFlow],
    without: Sequence[Predict],
    left_out: StressFlow,
    hills: Sequence[Predict],
) -> list[Row]:
    """The network on the judged duct, on the duct left out, from hills to ducts, and its rank."""
    judged, ranks = held_out[0], _ranks(predictors, held_out)
    worst = max(ranks, key=ranks.__getitem__)
    best = predictors[JUDGED_MODEL]
    gains = {flow.name: _mean(best, flow, rmse) / _mean(predictors["tbnn-no-grad-k"], flow, rmse) for flow in held_out}
    return [
        _row("ar7.rmse_b", best, judged, rmse, Limit("<=", 0.02)),
        _row("leave_ar1.rmse_b", without, left_out, rmse, Limit("<=", 0.03)),
        _row("leave_ar1.rmse_b_volume", without, left_out, volume_rmse),
        _row("hills_to_ducts.rmse_b", hills, judged, rmse, note="trained on hills and hump alone"),
        _row("hills_to_ducts.rmse_b_volume", hills, judged, volume_rmse, note="trained on hills and hump alone"),
        Row(
            "ling2016.tbnn_rank",
            float(ranks[worst]),
            "rank",
            Limit("<=", 1),
            reason=f"worst of all flows and weightings, {worst}; means over seeds, of {len(EQUIVARIANT)} models",
        ),
        *(
            Row(f"ling2016.grad_k.vs_without_{name}", gain, "x", reason="rmse_b, means over seeds")
            for name, gain in gains.items()
        ),
    ]


def model_rows(predictors: Predictors, held_out: Sequence[StressFlow]) -> list[Row]:
    """Errors of everything on every held-out flow: plain, by volume, and next to walls."""
    measures = {"rmse_b": rmse, "rmse_b_volume": volume_rmse, "rmse_b_wall": wall_rmse}
    return [
        _row(f"{slug(name)}.{measure}_{flow.name}", seeds, flow, of)
        for name, seeds in predictors.items()
        for flow in held_out
        for measure, of in measures.items()
    ]


def frame_rows(predictors: Predictors, held_out: Sequence[StressFlow]) -> list[Row]:
    """Errors in frames that are turned at random."""
    frames = special_ortho_group.rvs(3, size=_FRAMES, random_state=0)

    def turned_rmse(predict: Predict, flow: StressFlow) -> float:
        return float(np.mean([rmse(predict, flow.turned(frame)) for frame in frames]))

    return [
        _row(f"{slug(name)}.rmse_b_turned_{flow.name}", predictors[name], flow, turned_rmse, note=f"{_FRAMES} frames")
        for name in (JUDGED_MODEL, *ON_COMPONENTS)
        for flow in held_out
    ]


def realizable_rows(predictors: Predictors, held_out: Sequence[StressFlow]) -> list[Row]:
    """Share of cells whose predicted anisotropy no turbulence can have."""

    def unrealizable(predict: Predict, flow: StressFlow) -> float:
        return float((barycentric(predict(flow)).min(-1) < -_ROUNDING).mean())

    return [
        _row(f"{slug(name)}.unrealizable_{flow.name}", seeds, flow, unrealizable, unit="1")
        for name, seeds in predictors.items()
        for flow in held_out
    ]


def rmse(predict: Predict, flow: StressFlow) -> float:
    """Over the valid cells, all the same."""
    return anisotropy_rmse(predict(flow), flow.true_anisotropy, valid=flow.valid)


def volume_rmse(predict: Predict, flow: StressFlow) -> float:
    """Over the valid cells by their volume."""
    return anisotropy_rmse(predict(flow), flow.true_anisotropy, valid=flow.valid, weight=flow.volume)


def wall_rmse(predict: Predict, flow: StressFlow) -> float:
    """By volume, within a tenth of the largest distance from the walls."""
    near = flow.valid & (flow.wall_distance < _NEAR_WALL * flow.wall_distance.max())
    return anisotropy_rmse(predict(flow), flow.true_anisotropy, valid=near, weight=flow.volume)


def _ranks(predictors: Predictors, held_out: Sequence[StressFlow]) -> dict[str, int]:
    """Rank of the network among the equivariant models, by flow and weighting."""
    found = {}
    for flow in held_out:
        for weighting, of in {"plain": rmse, "by volume": volume_rmse}.items():
            errors = {name: _mean(predictors[name], flow, of) for name in EQUIVARIANT}
            found[f"{flow.name} {weighting}"] = sorted(errors, key=errors.__getitem__).index(JUDGED_MODEL) + 1
    return found


def _mean(seeds: Sequence[Predict], flow: StressFlow, of: Callable[[Predict, StressFlow], float]) -> float:
    return float(np.mean([of(predict, flow) for predict in seeds]))


def _row(
    name: str,
    seeds: Sequence[Predict],
    flow: StressFlow,
    of: Callable[[Predict, StressFlow], float],
    limit: Limit | None = None,
    *,
    unit: str = "1",
    note: str = "",
) -> Row:
    return mean_row(name, [of(predict, flow) for predict in seeds], unit, limit, note=note)


def mean_row(name: str, values: Sequence[float], unit: str, limit: Limit | None = None, *, note: str = "") -> Row:
    """The mean over seeds, with their spread in the note."""
    spread = f"{len(values)} seeds, standard deviation {np.std(values, ddof=1):.2g}" if len(values) > 1 else ""
    reason = "; ".join(part for part in (note, spread) if part)
    return Row(f"ling2016.{name}", float(np.mean(values)), unit, limit, reason=reason)
