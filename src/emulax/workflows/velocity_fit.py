"""Training through the solver: a model's weights so that its stress makes the true velocity.

A model sees the turbulence model's own flow of each duct; the velocity that its stress balances is held against the
truth. Derivatives go through the solve by the implicit function theorem.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import nnx
from jaxtyping import PyTree

from emulax.core.config import digest, to_dict
from emulax.core.errors import InputError, RunError
from emulax.models.tensor_basis import TensorBasisNetwork
from emulax.training import EpochMetrics, OptimiserConfig, checkpoints, restore_best, run
from emulax.training.optimisers import optimiser, schedule
from emulax.workflows.closures import stress_of
from emulax.workflows.ducts import Duct, DuctErrors, duct_errors
from emulax.workflows.stresses import describe
from emulax_rans import Guess, MeanVelocity, solve_velocity


@dataclass(frozen=True)
class VelocityFitConfig:
    """How a model is trained through the solver.

    Args:
        steps: Steps of the optimiser; each solves all ducts.
        optimiser: Optimiser and schedule.
        checkpoint_every: Steps between checkpoints.
    """

    steps: int = 100
    optimiser: OptimiserConfig = field(default_factory=lambda: OptimiserConfig(learning_rate=1e-3, weight_decay=0.0))
    checkpoint_every: int = 10

    def __post_init__(self) -> None:
        for name in ("steps", "checkpoint_every"):
            if getattr(self, name) < 1:
                raise InputError(name, f"is {getattr(self, name)}, must be at least 1")


def velocity_of(network: TensorBasisNetwork, duct: Duct, *, start: Guess | MeanVelocity | None = None) -> MeanVelocity:
    """The velocity that a model's stress makes in a duct, looking at the turbulence model's own flow."""
    said = nnx.jit(lambda model, flow: model.of(flow))(_double(network), duct.model_flow)
    return solve_velocity(duct.case, stress_of(said, duct.model_flow), start=start)


def fit_velocity(
    network: TensorBasisNetwork, ducts: Mapping[str, Duct], config: VelocityFitConfig, *, out: Path
) -> None:
    """Train a model in place on the velocity of ducts; a killed training goes on where it stopped.

    The loss is the sum over ducts of the squared streamwise error over the turbulence model's, and of the squared
    in-plane error over the truth's. The model ends with the weights of the least loss.

    Args:
        network: The model, warm from a training on stresses.
        ducts: What to train on, by name.
        config: How to train.
        out: Directory of the run.

    Raises:
        InputError: There are no ducts, or `out` holds another run.
        RunError: The solve of a duct did not converge, or its loss is not finite.
    """
    if not ducts:
        raise InputError("ducts", "are none, must be at least one")
    trainer = _VelocityTrainer(network, ducts, config)
    describe(network, out)
    run(trainer, out, trainer.identity, epochs=config.steps, checkpoint_every=config.checkpoint_every)
    restore_best(out, network)


class _VelocityTrainer:
    """A training through the solver; an epoch is one step of the optimiser, which solves all ducts."""

    def __init__(self, network: TensorBasisNetwork, ducts: Mapping[str, Duct], config: VelocityFitConfig) -> None:
        self._structure, weights = nnx.split(_double(network))
        self._ducts, self._steps = ducts, config.steps
        self._gradients = {name: _gradient_of(self._structure, duct) for name, duct in ducts.items()}
        self._optimiser = optimiser(config.optimiser, config.steps)
        self._rate = schedule(config.optimiser, config.steps)
        self._parameters = nnx.as_pure(weights)
        self._optimiser_state = self._optimiser.init(self._parameters)
        # Where solves start; velocities after the first step.
        self._starts = {name: _nowhere(duct) for name, duct in ducts.items()}
        self._best, self._best_loss, self._best_epoch = _weights(self._parameters), math.inf, 0
        self.identity = {"configuration": to_dict(config), "ducts": list(ducts), "start": _digest(weights)}
        self.epoch = 0

    @property
    def finished(self) -> bool:
        return self.epoch >= self._steps

    def run_epoch(self) -> EpochMetrics:
        if self.epoch == 0:
            network = nnx.merge(self._structure, self._parameters)
            self._starts = {name: _as_start(velocity_of(network, duct)) for name, duct in self._ducts.items()}
        self.epoch += 1
        before, loss = self._parameters, self._advance()
        if loss < self._best_loss:
            self._best, self._best_loss, self._best_epoch = _weights(before), loss, self.epoch
        return EpochMetrics(self.epoch, loss, math.nan, float(np.asarray(self._rate(self.epoch))))

    def save(self, directory: Path, identity: dict[str, Any]) -> None:
        trees = {"last": (self.epoch, self._state), "best": (self._best_epoch, self._best)}
        checkpoints.save(directory, trees, {"identity": identity, "best_loss": self._best_loss})

    def resume(self, directory: Path, identity: dict[str, Any]) -> None:
        record = checkpoints.read_same(directory, identity)
        self._parameters, self._optimiser_state, self._starts = checkpoints.restore(directory, "last", self._state)
        self._best = checkpoints.restore(directory, "best", self._best)
        self.epoch, self._best_epoch = record.trees["last"].epoch, record.trees["best"].epoch
        self._best_loss = record.facts["best_loss"]

    @property
    def _state(self) -> Any:
        return self._parameters, self._optimiser_state, self._starts

    def _advance(self) -> float:
        """One step of the optimiser; the loss before it."""
        total, slopes, starts = 0.0, [], {}
        for name, gradient_of in self._gradients.items():
            (loss, flow), slope = gradient_of(self._parameters, self._starts[name])
            if not (flow.converged and jnp.isfinite(loss)):
                raise RunError(f"{name} in step {self.epoch}: {flow.reason}: lower the learning rate")
            total += float(loss)
            slopes.append(slope)
            starts[name] = _as_start(flow)
        whole = jax.tree.map(lambda *parts: sum(parts), *slopes)
        updates, self._optimiser_state = self._optimiser.update(whole, self._optimiser_state, self._parameters)
        self._parameters = optax.apply_updates(self._parameters, updates)
        self._starts = starts
        return total


def _gradient_of(structure: nnx.GraphDef[TensorBasisNetwork], duct: Duct) -> Callable[..., Any]:
    """`(parameters, start) -> ((loss, velocity), gradient)` of one duct."""
    seen = duct.model_flow

    def loss(parameters: PyTree, start: Guess) -> tuple[Any, MeanVelocity]:
        said = nnx.merge(structure, parameters, copy=True).of(seen)
        flow = solve_velocity(duct.case, stress_of(said, seen), start=start)
        errors: DuctErrors = duct_errors(duct, flow.velocity)
        return errors.streamwise_ratio**2 + errors.in_plane**2, flow

    return jax.jit(jax.value_and_grad(loss, has_aux=True))


def _nowhere(duct: Duct) -> Guess:
    """In place of a velocity, until there is one."""
    return Guess(jnp.zeros((*duct.case.section.shape, 2)), jnp.zeros(()))


def _as_start(flow: MeanVelocity) -> Guess:
    return Guess(flow.unknowns, flow.driving_force)


def _double(network: TensorBasisNetwork) -> TensorBasisNetwork:
    """The same model in double precision, which the solver works in."""
    structure, weights = nnx.split(network)
    return nnx.merge(structure, jax.tree.map(lambda value: value.astype(jnp.float64), weights))


def _weights(parameters: PyTree) -> tuple[PyTree, PyTree]:
    """Parameters in the model's own precision, and no variables: what `restore_best` takes."""
    return jax.tree.map(lambda value: value.astype(jnp.float32), parameters), {}


def _digest(weights: nnx.State) -> str:
    return digest([float(np.abs(np.asarray(leaf)).sum()) for leaf in jax.tree.leaves(weights)])
