"""`emulax train`: one model on one dataset."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import jax

from emulax.core import provenance
from emulax.core.errors import InputError
from emulax.core.files import check_output, prepare_output
from emulax.core.progress import log
from emulax.data import FlowData
from emulax.models.sdf_flow import (
    FlowModel,
    FlowModelConfig,
    FNOConfig,
    GuoConfig,
    NetworkConfig,
    TransolverConfig,
    UNetConfig,
    build,
    describe,
    network_config,
    random_mirror,
)
from emulax.models.sdf_flow.encoding import Geometry
from emulax.training import (
    Batch,
    FlowLossConfig,
    Loss,
    OptimiserConfig,
    TrainingConfig,
    TrainingResult,
    check_data,
    fit,
    flow_loss,
)
from emulax.trust import TrainedDomain
from emulax.workflows.error_bars import BARS_NAME, ErrorBars
from emulax.workflows.runs import DOMAIN_NAME, RUN_NAME, Run, write_domain
from emulax.workflows.training_data import FALSE_ALARMS, TrainingData

# What works well for a few hundred flows on a few CPU cores; measured on flow-primitives-2d, size demo, for the U-Net
# and Guo's network. The others were not tuned.
TRAINING: dict[type, TrainingConfig] = {
    UNetConfig: TrainingConfig(epochs=50, batch_size=16, optimiser=OptimiserConfig(learning_rate=2e-3)),
    GuoConfig: TrainingConfig(epochs=30, batch_size=16, optimiser=OptimiserConfig(learning_rate=1e-3)),
    FNOConfig: TrainingConfig(epochs=50, batch_size=16, optimiser=OptimiserConfig(learning_rate=2e-3)),
    TransolverConfig: TrainingConfig(epochs=50, batch_size=16, optimiser=OptimiserConfig(learning_rate=1e-3)),
}


@dataclass(frozen=True)
class SurrogateConfig:
    """A flow model and how it is trained, on whatever dataset.

    Args:
        network: The network's size.
        inputs: What the network is told of the geometry: `sdf`, `mask` or `both`.
        no_slip_width: Distance from the wall over which the velocity is forced to fall to zero, in units of D; None to
            leave that to the network.
        mirror_equivariant: Average over the flow and its mirror image.
        loss: What training makes small.
        training: How to train; what works well for the network when None.
        samples: Train on this many of the training flows, the first ones; on all when None.
    """

    network: NetworkConfig = field(default_factory=UNetConfig)
    inputs: Geometry = "sdf"
    no_slip_width: float | None = None
    mirror_equivariant: bool = False
    loss: FlowLossConfig = field(default_factory=FlowLossConfig)
    training: TrainingConfig | None = None
    samples: int | None = None


def train(
    dataset: str | Path | TrainingData,
    model: str | SurrogateConfig = "unet",
    *,
    out: Path | None = None,
    epochs: int | None = None,
    seed: int = 0,
) -> tuple[Path, TrainingResult]:
    """Train a model, or go on with a training that was killed.

    Args:
        dataset: Directory of a dataset, or the name of one generated to its usual place; read already where several
            models are trained on it.
        model: The name of a network, such as `unet`, for the defaults; or what to train and how.
        out: The run's directory; `runs/MODEL` when None.
        epochs: Passes over the training data, in place of the configuration's.
        seed: Seed of the weights, the order of samples and the augmentation.

    Returns:
        The run's directory and the result.

    Raises:
        InputError: A bad argument; nothing was written.
        RunError: The loss became non-finite, or the disk is full.
    """
    chosen = SurrogateConfig(network_config(model)) if isinstance(model, str) else model
    config = replace(chosen.training or TRAINING[type(chosen.network)], seed=seed)
    if epochs is not None:
        config = replace(config, epochs=epochs)
    data = dataset if isinstance(dataset, TrainingData) else TrainingData.read(dataset)
    data = data.first(chosen.samples)
    flows = data.flows
    frame = FlowModelConfig(
        grid=flows.sdf.shape[1:],
        normalisation=data.normalisation,
        inputs=chosen.inputs,
        reynolds_range=tuple(data.manifest.recipe["reynolds"]),
        no_slip_width=chosen.no_slip_width,
        mirror_equivariant=chosen.mirror_equivariant,
    )
    surrogate = build(chosen.network, frame, seed=seed)
    name = describe(surrogate)["network"]
    target = check_output(out if out is not None else Path("runs") / name)
    run = Run(
        name=target.name,
        model=describe(surrogate),
        loss=chosen.loss,
        training=config,
        dataset=str(data.directory.resolve()),
        recipe_hash=data.manifest.recipe_hash,
        samples=len(flows),
        cells_per_length=flows.cells_per_length,
        versions=provenance.versions(),
        commit=provenance.git_commit(),
        device=provenance.device(),
    )
    arrays, held_out = batch_arrays(flows), batch_arrays(data.held_out)
    check_data(arrays, held_out, config)
    _refuse_other_run(target, run)
    prepare_output(target)
    if not (target / RUN_NAME).exists():  # which says what the training was begun with
        run.write(target)
    if not (target / DOMAIN_NAME).exists():
        write_domain(target, data.domain)
        _warn_of_false_alarms(data.domain)

    result = fit(
        surrogate, batch_loss(chosen.loss), arrays, held_out, config=config, directory=target, augment=random_mirror
    )
    _write_error_bars(target, surrogate, data.held_out)
    return target, result


def _write_error_bars(directory: Path, model: FlowModel, flows: FlowData) -> None:
    if (directory / BARS_NAME).exists():
        return
    try:
        bars = ErrorBars.calibrate(model.predict(flows.inputs), flows)
    except InputError as error:  # too few
        log.warning("the run has no error bars: validation %s", error)
    else:
        bars.write(directory)


def batch_arrays(flows: FlowData) -> dict[str, Any]:
    """The arrays that the loss reads."""
    inputs = flows.inputs
    return {name: getattr(inputs, name) for name in ("sdf", "mask", "reynolds", "inflow")} | {"fields": flows.fields}


@cache
def batch_loss(config: FlowLossConfig) -> Loss:
    """The loss of each flow of a batch, by the arrays of `batch_arrays`."""

    def loss(model: FlowModel, batch: Batch) -> jax.Array:
        sdf, mask = batch["sdf"], batch["mask"]
        fields = model(sdf, mask, batch["reynolds"], batch["inflow"])
        return flow_loss(config, fields, batch["fields"], sdf, mask)

    return loss


def _warn_of_false_alarms(domain: TrainedDomain) -> None:
    if domain.false_alarms > FALSE_ALARMS:
        log.warning(
            "%d validation flows are too few: up to %.2g %% of flows like the training flows will be called out of"
            " distribution, instead of %.2g %%",
            len(domain.calibration),
            100 * domain.false_alarms,
            100 * FALSE_ALARMS,
        )


def _refuse_other_run(directory: Path, run: Run) -> None:
    if not (directory / RUN_NAME).exists():
        return
    begun = Run.read(directory)
    for name in ("model", "loss", "training", "recipe_hash", "samples"):
        if getattr(begun, name) != getattr(run, name):
            raise InputError(str(directory), f"holds a run with another {name}", "choose another --out")
