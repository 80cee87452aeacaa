"""One training loop for every model."""

from __future__ import annotations

import hashlib
import math
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
from flax import nnx

from emulax.core.config import to_dict
from emulax.core.errors import InputError
from emulax.core.files import check_output, prepare_output
from emulax.core.progress import progress
from emulax.training import checkpoints
from emulax.training.history import EpochMetrics, open_history, rows_until
from emulax.training.step import Augment, Loss
from emulax.training.trainer import Data, Trainer, TrainingConfig, sample_count


@dataclass(frozen=True)
class TrainingResult:
    """How a training ended; its metrics lie in the run's directory.

    Args:
        directory: The run's directory.
        epochs: Epochs done.
        best_epoch: The epoch whose weights the model now has.
        best_loss: Validation loss of that epoch.
        stopped_early: Whether patience ran out before the last epoch.
    """

    directory: Path
    epochs: int
    best_epoch: int
    best_loss: float
    stopped_early: bool


def fit(
    model: nnx.Module,
    loss: Loss,
    train: Data,
    validation: Data,
    *,
    config: TrainingConfig,
    directory: Path,
    augment: Augment | None = None,
) -> TrainingResult:
    """Train `model` in place; it ends with the weights of the best validation loss.

    `directory` receives `metrics.csv`, `log.jsonl`, TensorBoard events and checkpoints. A training that was killed
    there continues from its last checkpoint and ends in the same metrics and weights, bit for bit, as one left alone on
    the same machine and thread count; a finished one is only read. On a CPU the process keeps the memory it frees from
    then on (`emulax.core.memory`).

    Args:
        model: The model; put in training mode for steps and in evaluation mode for validation, and left in the latter.
        loss: Model and batch to the loss of each sample.
        train: Training data; all of it is put on the device.
        validation: Validation data, with the names of `train`.
        config: How to train.
        directory: The run's directory.
        augment: A random change of each training batch.

    Raises:
        InputError: Data and configuration do not fit each other, or `directory` holds another run or a damaged one.
        RunError: The loss became non-finite, or the disk is full.
    """
    check_data(train, validation, config)
    directory = check_output(Path(directory), "directory")
    identity = {
        "configuration": to_dict(config),
        "training data": _digest(train),
        "validation data": _digest(validation),
    }
    trainer = Trainer(model, loss, train, validation, config=config, augment=augment)
    run(trainer, directory, identity, epochs=config.epochs, checkpoint_every=config.checkpoint_every)
    checkpoints.restore_best(directory, model)
    return TrainingResult(
        directory, trainer.epoch, trainer.best_epoch, trainer.best_loss, trainer.epoch < config.epochs
    )


@runtime_checkable
class Trains(Protocol):
    """A training in progress, whatever it trains."""

    epoch: int

    @property
    def finished(self) -> bool:
        """Whether there is nothing left to do."""
        ...

    def run_epoch(self) -> EpochMetrics:
        """Train for one epoch."""
        ...

    def save(self, directory: Path, identity: dict[str, Any]) -> None:
        """Write a checkpoint."""
        ...

    def resume(self, directory: Path, identity: dict[str, Any]) -> None:
        """Continue from a checkpoint."""
        ...


def run(trainer: Trains, directory: Path, identity: dict[str, Any], *, epochs: int, checkpoint_every: int) -> None:
    """Do the epochs that are left, from the checkpoint in `directory` if there is one.

    Args:
        trainer: The training.
        directory: The run's directory.
        identity: What another run in this directory would differ in.
        epochs: Epochs in all.
        checkpoint_every: Epochs between checkpoints; the last is always saved.

    Raises:
        InputError: `directory` holds another run or a damaged one.
        RunError: The disk is full, or the training failed.
    """
    if checkpoints.exists(directory):
        trainer.resume(directory, identity)
    if trainer.finished:
        rows_until(directory, trainer.epoch)  # which must be there
        return
    prepare_output(directory, "directory")
    with open_history(directory, trainer.epoch) as history, progress("training", epochs, "epochs") as tick:
        validated = ""
        while not trainer.finished:
            start = time.monotonic()
            metrics = trainer.run_epoch()
            history.write(metrics, seconds=time.monotonic() - start)
            if math.isfinite(metrics.validation_loss):  # not every epoch is validated
                validated = f", validation {metrics.validation_loss:.4g}"
            tick(trainer.epoch, f"loss {metrics.train_loss:.4g}{validated}")
            if trainer.finished or trainer.epoch % checkpoint_every == 0:
                history.sync()
                trainer.save(directory, identity)


def check_data(train: Data, validation: Data, config: TrainingConfig) -> None:
    """Check that data and configuration fit each other.

    Raises:
        InputError: They do not.
    """
    if set(train) != set(validation):
        raise InputError("validation", f"has arrays {sorted(validation)}, must have those of train, {sorted(train)}")
    samples = sample_count(train)
    sample_count(validation)
    if config.batch_size > samples:
        raise InputError("batch_size", f"is {config.batch_size}, must be at most the {samples} training samples")


def _digest(data: Data) -> str:
    """SHA-256 of names, types, shapes and bytes."""
    digest = hashlib.sha256()
    for name in sorted(data):
        array = np.ascontiguousarray(data[name])
        digest.update(f"{name} {array.dtype} {array.shape} ".encode())
        digest.update(array.view(np.uint8).data)
    return digest.hexdigest()
