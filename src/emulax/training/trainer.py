"""The state of a training, and what advances it by one epoch."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jaxtyping import Array

from emulax.core.errors import InputError, RunError
from emulax.training import checkpoints
from emulax.training.history import EpochMetrics
from emulax.training.optimisers import OptimiserConfig, optimiser, schedule
from emulax.training.step import Augment, Loss, Weights, initial_state, make_evaluate, make_step

Data: TypeAlias = Mapping[str, np.ndarray | Array]
"""Arrays by name, the sample axis first."""


@dataclass(frozen=True)
class TrainingConfig:
    """How a model is trained.

    Args:
        epochs: Passes over the training data.
        batch_size: Samples a step; what does not fill a batch sits an epoch out, other samples each time.
        optimiser: Optimiser and schedule.
        average_decay: Decay of a moving average of the weights, which is what is validated and kept; None for none.
        patience: Stop after this many epochs without a better validation loss; None to run all epochs.
        evaluate_every: Epochs between validations; the last epoch is always validated.
        checkpoint_every: Epochs between checkpoints; the last epoch is always saved.
        seed: Seed of the order of samples and of augmentation.
    """

    epochs: int = 100
    batch_size: int = 16
    optimiser: OptimiserConfig = field(default_factory=OptimiserConfig)
    average_decay: float | None = 0.99
    patience: int | None = None
    evaluate_every: int = 1
    checkpoint_every: int = 10
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("epochs", "batch_size", "evaluate_every", "checkpoint_every"):
            if getattr(self, name) < 1:
                raise InputError(name, f"is {getattr(self, name)}, must be at least 1")
        if self.patience is not None and self.patience < 1:
            raise InputError("patience", f"is {self.patience}, must be at least 1")
        if self.average_decay is not None and not 0 < self.average_decay < 1:
            raise InputError("average_decay", f"is {self.average_decay}, must lie between 0 and 1")
        if self.seed < 0:
            raise InputError("seed", f"is {self.seed}, must not be negative")


class Trainer:
    """A training in progress: data on the device, compiled steps, and the state they advance.

    Args:
        model: The model; its weights are where training starts.
        loss: Model and batch to the loss of each sample.
        train: Training data.
        validation: Validation data, with the names of `train`.
        config: How to train.
        augment: A random change of each training batch.
    """

    def __init__(
        self,
        model: nnx.Module,
        loss: Loss,
        train: Data,
        validation: Data,
        *,
        config: TrainingConfig,
        augment: Augment | None,
    ) -> None:
        self._config = config
        self._train = {name: jnp.asarray(array) for name, array in train.items()}
        self._validation = {name: jnp.asarray(array) for name, array in validation.items()}
        self._samples, self._held_out = sample_count(train), sample_count(validation)
        self._steps = self._samples // config.batch_size
        self._key = jax.random.key(config.seed)
        self._schedule = schedule(config.optimiser, config.epochs * self._steps)
        transform = optimiser(config.optimiser, config.epochs * self._steps)
        model.train()
        self._step = make_step(nnx.graphdef(model), loss, transform, decay=config.average_decay, augment=augment)
        model.eval()
        self._evaluate = make_evaluate(nnx.graphdef(model), loss)
        self._state = initial_state(model, transform, averaged=config.average_decay is not None)
        self._best: Weights | None = None
        self.epoch = 0
        self.best_epoch = 0
        self.best_loss = math.inf

    @property
    def finished(self) -> bool:
        """Whether all epochs are done or patience ran out."""
        patience = self._config.patience
        impatient = patience is not None and self.epoch - self.best_epoch >= patience and self._best is not None
        return impatient or self.epoch >= self._config.epochs

    def run_epoch(self) -> EpochMetrics:
        """Train for one epoch, and validate if it is time to.

        Raises:
            RunError: A loss became non-finite.
        """
        self.epoch += 1
        train_loss = self._finite("training", self._pass())
        validation_loss = math.nan
        if self.epoch % self._config.evaluate_every == 0 or self.epoch == self._config.epochs:
            validation_loss = self._finite("validation", self._validate())
            if validation_loss < self.best_loss:
                self.best_epoch, self.best_loss = self.epoch, validation_loss
                self._best = jax.tree.map(jnp.copy, self._state.weights)
        learning_rate = float(np.asarray(self._schedule(self.epoch * self._steps)))
        return EpochMetrics(self.epoch, train_loss, validation_loss, learning_rate)

    def save(self, directory: Path, identity: dict[str, Any]) -> None:
        """Write a checkpoint of the end of this epoch; `identity` is what `resume` will compare."""
        trees: dict[str, tuple[int, Any]] = {"last": (self.epoch, self._state)}
        facts: dict[str, Any] = {"identity": identity}
        if self._best is not None:
            trees["best"] = (self.best_epoch, self._best)
            facts["best_loss"] = self.best_loss
        checkpoints.save(directory, trees, facts)

    def resume(self, directory: Path, identity: dict[str, Any]) -> None:
        """Continue from the checkpoint in `directory`.

        Raises:
            InputError: It belongs to another run, or is damaged.
        """
        record = checkpoints.read_same(directory, identity)
        self._state = checkpoints.restore(directory, "last", self._state)
        self.epoch = record.trees["last"].epoch
        if "best" in record.trees:
            self._best = checkpoints.restore(directory, "best", self._state.weights)
            self.best_epoch, self.best_loss = record.trees["best"].epoch, record.facts["best_loss"]

    def _pass(self) -> float:
        """One pass over the training data in an order drawn from seed and epoch; the mean loss."""
        key = jax.random.fold_in(self._key, self.epoch)
        size = self._config.batch_size
        order = np.asarray(jax.random.permutation(key, jnp.arange(self._samples, dtype=jnp.int32)))
        losses = []
        for step in range(self._steps):
            indices = jnp.asarray(order[step * size : (step + 1) * size])
            self._state, value = self._step(self._state, self._train, indices, jax.random.fold_in(key, step))
            losses.append(value)
        return float(np.mean(jax.device_get(losses), dtype=np.float64))

    def _validate(self) -> float:
        """Mean loss over the validation data; the last batch is filled up with a sample that is not counted."""
        size = min(self._config.batch_size, self._held_out)
        losses = []
        for start in range(0, self._held_out, size):
            indices = np.minimum(np.arange(start, start + size, dtype=np.int32), self._held_out - 1)
            losses.append(self._evaluate(self._state.weights, self._validation, jnp.asarray(indices)))
        return float(np.mean(np.concatenate(jax.device_get(losses))[: self._held_out], dtype=np.float64))

    def _finite(self, name: str, loss: float) -> float:
        if not math.isfinite(loss):
            raise RunError(f"the {name} loss became {loss} in epoch {self.epoch}: lower the learning rate")
        return loss


def sample_count(data: Data) -> int:
    """Samples in `data`.

    Raises:
        InputError: There are none, or the arrays disagree.
    """
    counts = {name: len(array) for name, array in data.items()}
    if len(set(counts.values())) != 1 or 0 in counts.values():
        raise InputError("data", f"has samples {counts}, must have one positive number in common")
    return next(iter(counts.values()))
