"""Flows that the models were not trained for, and whether the verdict knows where they fail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float, Float64
from sklearn.metrics import roc_auc_score

from emulax.data import FlowData, load_flows
from emulax.datagen import Recipe, generate_dataset, load_recipe
from emulax.geometry import PrimitiveSampler
from emulax.metrics import rel_l2
from emulax.trust import Ensemble, TrainedDomain
from emulax.workflows.rows import Limit, Row


def probe_flows(directory: Path, count: int, size: str) -> dict[str, FlowData]:
    """So many flows of every kind, generated where they are missing; those that never became steady are left out."""
    kinds = {kind: load_recipe(f"flow-{kind}-2d", size=size, samples=count) for kind in ("pairs", "plates", "cars")}
    found = {}
    for kind, recipe in {"re45": _faster(count, size), **kinds}.items():
        generate_dataset(replace(recipe, name=kind), directory / kind)
        found[kind] = load_flows(directory / kind)
    return found


def _faster(count: int, size: str) -> Recipe:
    """Primitives at Re 45: low ones, since the others shed vortices there."""
    recipe = load_recipe("flow-primitives-2d", size=size, samples=count, reynolds=[45.0, 45.0], seed=45)
    assert isinstance(recipe.shapes, PrimitiveSampler)
    return replace(recipe, shapes=replace(recipe.shapes, height=(0.6, 0.9)))


@dataclass(frozen=True, eq=False)
class Probed:
    """What is thought of flows beforehand, and how wrong their predictions are.

    Attributes:
        score: Distance to the training flows.
        called_out: Whether the verdict is out of distribution.
        error: `rel_l2` of the velocity of the ensemble.
        by_member: That of each member.
    """

    score: Float64[np.ndarray, " sample"]
    called_out: Bool[np.ndarray, " sample"]
    error: Float[np.ndarray, " sample"]
    by_member: Float[np.ndarray, "member sample"]


def probed(domain: TrainedDomain, ensemble: Ensemble, flows: FlowData) -> Probed:
    """Verdicts and errors of flows."""
    verdicts = domain.judge(flows.inputs)
    fields = [member(flows.inputs) for member in ensemble.members]
    errors = [rel_l2(one[..., :2], flows.velocity, flows.mask) for one in (np.mean(fields, axis=0), *fields)]
    return Probed(verdicts.score, verdicts.out_of_distribution, errors[0], np.stack(errors[1:]))


def error_limit(inside: np.ndarray) -> float:
    """Beyond it a prediction has failed: twice the 95th percentile of errors of held-out flows."""
    return 2 * float(np.percentile(inside, 95))


def out_of_distribution_rows(inside: Probed, outside: Mapping[str, Probed], false_alarms: float) -> list[Row]:
    """How well the score ranks what has failed, among held-out flows and those of other kinds."""
    limit = error_limit(inside.error)
    together = [inside, *outside.values()]
    scores, errors = (np.concatenate(of) for of in zip(*((one.score, one.error) for one in together), strict=True))
    by_member = zip(inside.by_member, np.concatenate([one.by_member for one in together], axis=1), strict=True)
    alone = [_auroc(scores, found > error_limit(within)) for within, found in by_member]
    rows = [
        _ranking_row("trust.ood.auroc", scores, errors > limit, Limit(">=", 0.8), note=_alone(alone)),
        Row(
            "trust.ood.false_alarms",
            float(inside.called_out.mean()),
            "1",
            reason=f"held-out flows; asked for {false_alarms:g}",
        ),
        Row("trust.ood.error_limit", limit, "rel", reason="twice the 95th percentile of held-out flows"),
    ]
    for kind, found in outside.items():
        note = f"{len(found.error)} flows"
        detected, failed = float(found.called_out.mean()), found.error > limit
        rows += [
            Row(f"trust.ood.{kind}.detected", detected, "1", reason=f"{note}, share called out of distribution"),
            Row(f"trust.ood.{kind}.rel_l2", float(found.error.mean()), "rel", reason=note),
            Row(f"trust.ood.{kind}.failed", float(failed.mean()), "1", reason="share above the limit"),
            _ranking_row(f"trust.ood.{kind}.auroc", found.score, failed),
        ]
    return rows


def _ranking_row(name: str, score: np.ndarray, failed: np.ndarray, limit: Limit | None = None, note: str = "") -> Row:
    """How surely a flow above the error limit has a higher score than one below."""
    reason = f"{failed.sum()} of {len(failed)} flows above the limit{note}"
    return Row(name, _auroc(score, failed), "1", limit, reason=reason)


def _auroc(score: np.ndarray, failed: np.ndarray) -> float | None:
    return float(roc_auc_score(failed, score)) if 0 < failed.sum() < len(failed) else None


def _alone(found: Sequence[float | None]) -> str:
    return "; members alone " + ", ".join("none above" if value is None else f"{value:.3f}" for value in found)
