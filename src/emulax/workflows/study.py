"""Many surrogates on one dataset, every variant with every seed, measured on held-out flows; what is done is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
from jaxtyping import Float64

from emulax.core.arrays import read_arrays
from emulax.core.config import digest
from emulax.core.errors import InputError
from emulax.core.files import atomic_path
from emulax.core.progress import log, progress
from emulax.data import FlowData, load_flows
from emulax.training import read_metrics
from emulax.trust import NULL_MODELS, Predictor, Score, Sensitivity, field_errors, force_coefficients, sensitivity
from emulax.workflows.runs import load_model
from emulax.workflows.train import SurrogateConfig, train
from emulax.workflows.training_data import TrainingData

_MEASURES = 1
"""To be raised whenever what is measured, or how, changes: what was measured before is then measured again."""


@dataclass(frozen=True)
class Measured(Score):
    """One predictor on one set of held-out flows.

    Args:
        forces: Drag and lift coefficient of every predicted flow, from its fields.
        sensitivity: Mean `rel_l2` with the true geometry, none, and that of another flow.
    """

    forces: Float64[np.ndarray, "sample d"]
    sensitivity: Sensitivity


def run_study(
    variants: Mapping[str, SurrogateConfig],
    seeds: Sequence[int],
    *,
    dataset: Path,
    held_out: Mapping[str, FlowData],
    out: Path,
) -> dict[str, list[dict[str, Measured]]]:
    """Train every variant with every seed on one dataset and measure each run on all held-out flows.

    Runs that are finished and measured are only read; one that was killed goes on where it stopped.

    Args:
        variants: What to train, by name.
        seeds: Seeds of weights, order and augmentation.
        dataset: Directory of the dataset to train on.
        held_out: Flows to measure on, by name.
        out: Where the runs are kept, in `VARIANT-seedN`.

    Returns:
        For each variant one entry a seed: what was measured, by name of the flows.
    """
    jobs = [(name, seed) for name in variants for seed in seeds]
    found: dict[str, list[dict[str, Measured]]] = {name: [] for name in variants}
    data = TrainingData.read(dataset)
    keys = {flows: _key(held_out[flows]) for flows in held_out}
    parts = {samples: data.first(samples) for samples in {config.samples for config in variants.values()}}
    for number, (name, seed) in enumerate(jobs, start=1):
        directory = out / f"{name}-seed{seed}"
        log.info("%d of %d: %s, seed %d", number, len(jobs), name, seed)
        train(parts[variants[name].samples], variants[name], out=directory, seed=seed)
        found[name].append({flows: _measure_run(directory, flows, held_out[flows], keys[flows]) for flows in held_out})
    return found


def measure(name: str, predict: Predictor, flows: FlowData) -> Measured:
    """Errors, forces and sensitivity of a predictor."""
    fields = predict(flows.inputs)
    forces = force_coefficients(fields, flows.inputs, cells_per_length=flows.cells_per_length)
    return Measured(name, field_errors(fields, flows), forces, sensitivity(predict, flows, seed=0))


def measure_nulls(dataset: Path, held_out: Mapping[str, FlowData]) -> dict[str, list[dict[str, Measured]]]:
    """The null models, fitted to the dataset's training flows, in the form of `run_study` with one seed."""
    known = load_flows(dataset, "train")
    found = {}
    with progress("null models", len(NULL_MODELS), "models") as tick:
        for number, (name, null) in enumerate(NULL_MODELS.items(), start=1):
            predict = null.fit(known).predict
            found[name] = [{flows: measure(name, predict, held_out[flows]) for flows in held_out}]
            tick(number, name)
    return found


def _measure_run(directory: Path, name: str, flows: FlowData, flows_key: str) -> Measured:
    """What was measured of a finished run: read if that has been done, after this training and on these flows."""
    path = directory / "measured" / f"{name}.npz"
    # Losses say which weights a training ended with.
    key = digest([_MEASURES, read_metrics(directory)["train_loss"].tolist(), flows_key])
    if (stored := _read(path, key)) is not None:
        return stored
    measured = measure(directory.name, load_model(directory)[1].predict, flows)
    _write(path, measured, key)
    return measured


def _key(flows: FlowData) -> str:
    """What tells flows from others."""
    return digest([flows.sample_id.tolist(), sha256(flows.fields.tobytes()).hexdigest()])


def _write(path: Path, measured: Measured, key: str) -> None:
    found = measured.sensitivity
    with atomic_path(path) as temporary:
        np.savez(
            temporary,
            key=np.array(key),
            forces=measured.forces,
            sensitivity=np.array([found.error, found.blank_error, found.shuffled_error], np.float64),
            metrics=np.array(list(measured.errors)),
            errors=np.stack(list(measured.errors.values())),
        )


def _read(path: Path, key: str) -> Measured | None:
    """What was measured; None where that was of something else, or the file is missing or damaged."""
    try:
        found = read_arrays(path)
    except InputError:
        return None
    if str(found.get("key")) != key:
        return None
    errors = dict(zip(map(str, found["metrics"]), found["errors"], strict=True))
    return Measured(path.parents[1].name, errors, found["forces"], Sensitivity(*map(float, found["sensitivity"])))
