"""`emulax train`: one model on one dataset."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import jax

from emulax.core import provenance
from emulax.core.errors import InputError
from emulax.core.files import check_output, prepare_output
from emulax.data import FlowData, Manifest, Normalisation, data_directory, load_flows
from emulax.models.sdf_flow import (
    FlowModel,
    GuoConfig,
    NetworkConfig,
    UNetConfig,
    build,
    describe,
    network_config,
    random_mirror,
)
from emulax.models.sdf_flow.encoding import Geometry
from emulax.training import Batch, OptimiserConfig, TrainingConfig, TrainingResult, check_data, fit, flow_relative_l2
from emulax.workflows.runs import RUN_NAME, Run

# What works well for a few hundred flows on a few CPU cores; measured on flow-primitives-2d, size small.
TRAINING: dict[type, TrainingConfig] = {
    UNetConfig: TrainingConfig(epochs=50, batch_size=16, optimiser=OptimiserConfig(learning_rate=2e-3)),
    GuoConfig: TrainingConfig(epochs=30, batch_size=16, optimiser=OptimiserConfig(learning_rate=1e-3)),
}


def train(
    dataset: str | Path,
    model: str | NetworkConfig = "unet",
    *,
    out: Path | None = None,
    inputs: Geometry = "sdf",
    epochs: int | None = None,
    training: TrainingConfig | None = None,
    seed: int = 0,
) -> tuple[Path, TrainingResult]:
    """Train a model, or go on with a training that was killed.

    Args:
        dataset: Directory of a dataset, or the name of one generated to its usual place.
        model: `unet`, `guo2016`, or a network's configuration.
        out: The run's directory; `runs/MODEL` when None.
        inputs: What the network is told of the geometry.
        epochs: Passes over the training data, in place of the configuration's.
        training: How to train; what works well for the model when None.
        seed: Seed of the weights, the order of samples and the augmentation.

    Returns:
        The run's directory and the result.

    Raises:
        InputError: A bad argument; nothing was written.
        RunError: The loss became non-finite, or the disk is full.
    """
    network = network_config(model) if isinstance(model, str) else model
    config = replace(training or TRAINING[type(network)], seed=seed)
    if epochs is not None:
        config = replace(config, epochs=epochs)
    directory = dataset_directory(dataset)
    manifest = Manifest.read(directory)
    flows, held_out = load_flows(directory, "train"), load_flows(directory, "validation")
    if not len(flows) or not len(held_out):
        raise InputError(str(directory), f"has {len(flows)} training and {len(held_out)} validation flows, needs both")
    surrogate = build(
        network,
        grid=flows.sdf.shape[1:],
        normalisation=Normalisation.of(flows),
        inputs=inputs,
        reynolds_range=tuple(manifest.recipe["reynolds"]),
        seed=seed,
    )
    name = describe(surrogate)["network"]
    target = check_output(out if out is not None else Path("runs") / name)
    run = Run(
        name=target.name,
        model=describe(surrogate),
        training=config,
        dataset=str(directory.resolve()),
        recipe_hash=manifest.recipe_hash,
        samples=len(flows),
        cells_per_length=flows.cells_per_length,
        versions=provenance.versions(),
        commit=provenance.git_commit(),
        device=provenance.device(),
    )
    check_data(batch_arrays(flows), batch_arrays(held_out), config)
    _refuse_other_run(target, run)
    prepare_output(target)
    run.write(target)
    result = fit(
        surrogate,
        loss,
        batch_arrays(flows),
        batch_arrays(held_out),
        config=config,
        directory=target,
        augment=random_mirror,
    )
    return target, result


def dataset_directory(dataset: str | Path) -> Path:
    """A dataset's directory: the path itself, or the usual place of a dataset of that name.

    Raises:
        InputError: Neither exists.
    """
    path = Path(dataset)
    usual = data_directory(path.name)
    for candidate in (path, usual):
        if candidate.is_dir():
            return candidate
    raise InputError("dataset", f"{path} does not exist, nor does {usual}", f"run: emulax generate {path.name}")


def loss(model: FlowModel, batch: Batch) -> jax.Array:
    """Relative L2 error of velocity and, with a lower weight, pressure."""
    return flow_relative_l2(model(batch["sdf"], batch["mask"], batch["reynolds"]), batch["fields"], batch["mask"])


def batch_arrays(flows: FlowData) -> dict[str, Any]:
    """The arrays that the loss reads."""
    return {"sdf": flows.sdf, "mask": flows.mask, "reynolds": flows.reynolds, "fields": flows.fields}


def _refuse_other_run(directory: Path, run: Run) -> None:
    if not (directory / RUN_NAME).exists():
        return
    begun = Run.read(directory)
    for field in ("model", "training", "recipe_hash"):
        if getattr(begun, field) != getattr(run, field):
            raise InputError(str(directory), f"holds a run with another {field}", "choose another --out")
