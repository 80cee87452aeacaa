"""Flows that the models were not trained for, and whether the verdict knows where they fail."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score

from emulax.data import FlowData, FlowInputs, load_flows
from emulax.datagen import Recipe, generate_dataset, load_recipe
from emulax.metrics import rel_l2
from emulax.trust import TrainedDomain
from emulax.workflows.rows import Limit, Row


def probe_flows(directory: Path, count: int) -> dict[str, FlowData]:
    """So many flows of every kind, generated where they are missing; those that never became steady are left out."""
    kinds = {kind: load_recipe(f"flow-{kind}-2d", samples=count) for kind in ("pairs", "plates", "cars")}
    found = {}
    for kind, recipe in {"re45": _faster(count), **kinds}.items():
        generate_dataset(replace(recipe, name=kind), directory / kind)
        found[kind] = load_flows(directory / kind)
    return found


def _faster(count: int) -> Recipe:
    """Primitives at Re 45: low ones, since the others shed vortices there."""
    recipe = load_recipe("flow-primitives-2d", samples=count, reynolds=[45.0, 45.0], seed=45)
    return replace(recipe, shapes=replace(recipe.shapes, height=(0.6, 0.9)))


def out_of_distribution_rows(
    domain: TrainedDomain,
    predict: Callable[[FlowInputs], np.ndarray],
    held_out: FlowData,
    predicted: np.ndarray,
    probes: Mapping[str, FlowData],
) -> list[Row]:
    """How well the score ranks what is wrong by more than twice the 95th percentile of in-distribution errors."""
    inside = rel_l2(predicted[..., :2], held_out.velocity, held_out.mask)
    limit = 2 * float(np.percentile(inside, 95))
    errors, scores = [inside], [domain.score(held_out.inputs)]
    rows = [
        Row(
            "trust.ood.false_alarms",
            float(domain.judge(held_out.inputs).out_of_distribution.mean()),
            "1",
            reason=f"held-out flows; asked for {domain.false_alarms:g}",
        ),
        Row("trust.ood.error_limit", limit, "rel", reason="twice the 95th percentile of held-out flows"),
    ]
    for kind, flows in probes.items():
        error = rel_l2(predict(flows.inputs)[..., :2], flows.velocity, flows.mask)
        score = domain.score(flows.inputs)
        errors.append(error)
        scores.append(score)
        detected = float(domain.judge(flows.inputs).out_of_distribution.mean())
        note = f"{len(flows)} flows"
        rows += [
            Row(f"trust.ood.{kind}.detected", detected, "1", reason=f"{note}, share called out of distribution"),
            Row(f"trust.ood.{kind}.rel_l2", float(error.mean()), "rel", reason=note),
            Row(f"trust.ood.{kind}.failed", float((error > limit).mean()), "1", reason="share above the limit"),
            _ranking_row(f"trust.ood.{kind}.auroc", score, error > limit),
        ]
    failed = np.concatenate(errors) > limit
    return [_ranking_row("trust.ood.auroc", np.concatenate(scores), failed, Limit(">=", 0.8)), *rows]


def _ranking_row(name: str, score: np.ndarray, failed: np.ndarray, limit: Limit | None = None) -> Row:
    """How surely a flow above the error limit has a higher score than one below."""
    value = float(roc_auc_score(failed, score)) if 0 < failed.sum() < len(failed) else None
    return Row(name, value, "1", limit, reason=f"{failed.sum()} of {len(failed)} flows above the limit")
