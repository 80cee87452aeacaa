"""From what was measured to rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from emulax.data import FlowData
from emulax.metrics import partial_spearman, size_fit
from emulax.trust import force_coefficients, force_errors
from emulax.workflows.rows import Limit, Row, slug
from emulax.workflows.score import FORCE_UNITS
from emulax.workflows.study import Measured

Study = Mapping[str, Sequence[Mapping[str, Measured]]]
"""For each variant one entry a seed: what was measured, by name of the flows."""

STRONGEST_NULL = "POD + Gaussian process"
SENSITIVITY = 3.0
CHOSEN_ON = "validation"
"""Flows that tell the best network: not those that it is judged on."""


def truth_rows(held_out: Mapping[str, FlowData], suffix: str = "") -> list[Row]:
    """How many flows, and the force integrator on the true fields against the stored momentum exchange."""
    rows = [Row(f"guo2016.flows.{name}", float(len(flows)), "flows") for name, flows in held_out.items()]
    errors = []
    for flows in held_out.values():
        drag = force_coefficients(flows.fields, flows.inputs, cells_per_length=flows.cells_per_length)[:, 0]
        errors.append(np.abs(drag / flows.drag_coefficient - 1))
    value = float(np.concatenate(errors).mean())
    return [
        *rows,
        Row(f"guo2016.cd.integrator_on_truth{suffix}", value, "rel", Limit("<=", 0.02), reason="all held-out flows"),
    ]


def error_rows(study: Study, held_out: Mapping[str, FlowData]) -> list[Row]:
    """Errors of fields and of drag on every set of flows, mean over seeds."""
    rows = []
    for name, seeds in study.items():
        for where, flows in held_out.items():
            for metric in seeds[0][where].errors:
                values = [seed[where].means[metric] for seed in seeds]
                rows.append(_mean_row(f"{slug(name)}.{metric}_{where}", values))
            by_seed = [force_errors(seed[where].forces, flows) for seed in seeds]
            for measure, unit in FORCE_UNITS.items():
                values = [found[measure] for found in by_seed]
                rows.append(_mean_row(f"{slug(name)}.{measure}_{where}", values, unit))
    return rows


def best_of(models: Study) -> str:
    """The network with the least error on the validation flows."""
    return min(models, key=lambda name: _seed_mean(models[name], CHOSEN_ON, "rel_l2"))


def best_rows(models: Study, nulls: Study, held_out: Mapping[str, FlowData]) -> list[Row]:
    """The judged rows: the best network against limits and against the strongest null, the worst one's sensitivity."""
    best = best_of(models)
    errors, cars = ([seed[where].means["rel_l2"] for seed in models[best]] for where in ("primitives", "cars"))
    against_null = _ratios_to_null(models[best], nulls, "primitives")
    drags = [force_errors(seed["cars"].forces, held_out["cars"]) for seed in models[best]]
    ranks, beyond = ([of[name] for of in drags] for name in ("cd_partial_spearman", "cd_spearman_beyond_size"))
    flows = held_out["cars"]
    height_length = np.stack([flows.height, flows.length], axis=1)
    by_size = [
        partial_spearman(seed["cars"].forces[:, 0], flows.drag_coefficient, height_length) for seed in models[best]
    ]
    ratios = {
        name: min(seed["primitives"].sensitivity.shuffled_ratio for seed in seeds) for name, seeds in models.items()
    }
    blind = min(ratios, key=ratios.__getitem__)
    return [
        _mean_row("best.rel_l2", errors, limit=Limit("<=", 0.035), note=best),
        _mean_row("best.rel_l2_vs_pod_gp", against_null, "x", Limit("<=", 0.8), note=best),
        _mean_row("best.rel_l2_cars", cars, limit=Limit("<=", 0.07), note=best),
        _mean_row(
            "cd.partial_spearman",
            ranks,
            "1",
            Limit(">=", 0.9),
            note=f"{best}, cars, given height, length and Reynolds number",
        ),
        _mean_row("cd.partial_spearman_height_length", by_size, "1", note="the same, given height and length alone"),
        _mean_row("cd.spearman_beyond_size", beyond, "1", note=f"{best}, cars, drag over the best law of these three"),
        Row("guo2016.sensitivity.min", ratios[blind], "x", Limit(">=", SENSITIVITY), reason=f"{blind}, worst seed"),
        *_height_rows(held_out["cars"]),
    ]


def null_rows(models: Study, nulls: Study) -> list[Row]:
    """Error of every network over that of the strongest null: above one it loses."""
    rows = []
    for where in ("primitives", "cars"):
        for name, seeds in models.items():
            ratios = _ratios_to_null(seeds, nulls, where)
            verdict = "beats" if np.mean(ratios) < 1 else "loses to"
            rows.append(_mean_row(f"{name}.vs_pod_gp_{where}", ratios, "x", note=f"{verdict} {STRONGEST_NULL}"))
    return rows


def _ratios_to_null(seeds: Sequence[Mapping[str, Measured]], nulls: Study, where: str) -> list[float]:
    null = _seed_mean(nulls[STRONGEST_NULL], where, "rel_l2")
    return [seed[where].means["rel_l2"] / null for seed in seeds]


def factor_rows(study: Study) -> list[Row]:
    """One factor at a time: error, and difference to the base in pairs of one seed."""
    rows = []
    for name, seeds in study.items():
        values = [seed["primitives"].means["rel_l2"] for seed in seeds]
        rows.append(_mean_row(f"factor.{name}.rel_l2", values))
        wall = [seed["primitives"].means["wall_band"] for seed in seeds]
        rows.append(_mean_row(f"factor.{name}.wall_band", wall))
        if ratios := ratios_to_base(study, name):
            rows.append(_mean_row(f"factor.{name}.vs_base", ratios, "x"))
    return rows


def ratios_to_base(factors: Study, name: str) -> list[float]:
    """Error of a variant over that of its base, for each seed; nothing of the base itself."""
    base = f"{name.partition('-')[0]}-sdf"
    if name == base:
        return []
    errors, of_base = ([seed["primitives"].means["rel_l2"] for seed in factors[one]] for one in (name, base))
    return [error / other for error, other in zip(errors, of_base, strict=True)]


def _height_rows(cars: FlowData) -> list[Row]:
    """What rank the drag has by size alone: the null that needs no field."""
    size = np.stack([cars.height, cars.length, cars.reynolds], axis=1)
    drag, nothing = cars.drag_coefficient, np.zeros((len(cars), 0))
    fitted = size_fit(drag, size)
    law = "best law of height, length and Re of second degree in logarithms, fitted to the cars themselves"
    return [
        Row(
            "guo2016.null.height.cd_spearman",
            partial_spearman(cars.height, drag, nothing),
            reason="rank of the frontal height alone, cars",
        ),
        Row("guo2016.null.size_regression.cd_spearman", partial_spearman(fitted, drag, nothing), reason=law),
        Row(
            "guo2016.null.size_regression.cd_partial_spearman",
            partial_spearman(fitted, drag, size),
            reason="the same, given height, length and Re: ranks do not take out their product",
        ),
        Row("guo2016.null.size_regression.cd_error", float(np.abs(fitted / drag - 1).mean()), "rel", reason="the same"),
    ]


def _seed_mean(seeds: Sequence[Mapping[str, Measured]], where: str, metric: str) -> float:
    return float(np.mean([seed[where].means[metric] for seed in seeds]))


def _mean_row(
    name: str, values: Sequence[float], unit: str = "rel", limit: Limit | None = None, *, note: str = ""
) -> Row:
    spread = f"{len(values)} seeds, standard deviation {np.std(values, ddof=1):.2g}" if len(values) > 1 else ""
    return Row(f"guo2016.{name}", float(np.mean(values)), unit, limit, reason="; ".join(filter(None, (note, spread))))
