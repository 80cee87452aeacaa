"""Training through the solver: a model's weights so that its stress makes the true velocity.

A model sees the turbulence model's own flow of each duct; the velocity that its stress balances is held against the
truth. Derivatives go through the solve by the implicit function theorem.
"""

from __future__ import annotations

import math
import time
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
from emulax.core.files import prepare_output
from emulax.core.progress import progress
from emulax.models.tensor_basis import TensorBasisNetwork
from emulax.training import EpochMetrics, OptimiserConfig, checkpoints
from emulax.training.history import open_history
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
    structure, weights = nnx.split(_double(network))
    transform = optimiser(config.optimiser, config.steps)
    rate = schedule(config.optimiser, config.steps)
    identity = {"configuration": to_dict(config), "ducts": list(ducts), "start": _digest(weights)}
    gradients = {name: _gradient_of(structure, duct) for name, duct in ducts.items()}
    parameters = nnx.as_pure(weights)
    resumed = checkpoints.exists(out)
    first = _nowhere if resumed else _first
    starts = {name: first(duct, structure, weights) for name, duct in ducts.items()}
    state: Any = (parameters, transform.init(parameters), starts)
    best, best_loss, best_step, done = _single(parameters), math.inf, 0, 0
    if resumed:
        record = checkpoints.read(out)
        if record.facts["identity"] != identity:
            raise InputError(str(out), "holds another training through the solver", "use another directory")
        state, best = checkpoints.restore(out, "last", state), checkpoints.restore(out, "best", (best,))[0]
        best_loss, best_step, done = record.facts["best_loss"], record.trees["best"].epoch, record.trees["last"].epoch
    prepare_output(out)
    describe(network, out)
    with open_history(out, done) as history, progress("training through the solver", config.steps, "steps") as tick:
        for step in range(done + 1, config.steps + 1):
            began = time.monotonic()
            parameters = state[0]
            loss, state = _advance(gradients, transform, state, step)
            if loss < best_loss:
                best, best_loss, best_step = _single(parameters), loss, step
            metrics = EpochMetrics(step, loss, math.nan, float(np.asarray(rate(step))))
            history.write(metrics, seconds=time.monotonic() - began)
            tick(step, f"loss {loss:.4g}")
            if step == config.steps or step % config.checkpoint_every == 0:
                history.sync()
                facts = {"identity": identity, "best_loss": best_loss}
                checkpoints.save(out, {"last": (step, state), "best": (best_step, (best,))}, facts)
    nnx.update(network, best)


def _advance(
    gradients: Mapping[str, Callable[..., Any]], transform: optax.GradientTransformation, state: Any, step: int
) -> tuple[float, Any]:
    """One step of the optimiser; the loss before it."""
    parameters, optimiser_state, starts = state
    total, slopes, after = 0.0, [], {}
    for name, gradient_of in gradients.items():
        (loss, flow), slope = gradient_of(parameters, starts[name])
        if not (flow.converged and jnp.isfinite(loss)):
            raise RunError(f"{name} in step {step}: {flow.reason}: lower the learning rate")
        total += float(loss)
        slopes.append(slope)
        after[name] = Guess(flow.unknowns, flow.driving_force)
    whole = jax.tree.map(lambda *parts: sum(parts), *slopes)
    updates, optimiser_state = transform.update(whole, optimiser_state, parameters)
    return total, (optax.apply_updates(parameters, updates), optimiser_state, after)


def _gradient_of(structure: nnx.GraphDef[TensorBasisNetwork], duct: Duct) -> Callable[..., Any]:
    """`(parameters, start) -> ((loss, velocity), gradient)` of one duct."""
    seen = duct.model_flow

    def loss(parameters: PyTree, start: Guess) -> tuple[Any, MeanVelocity]:
        said = nnx.merge(structure, parameters, copy=True).of(seen)
        flow = solve_velocity(duct.case, stress_of(said, seen), start=start)
        errors: DuctErrors = duct_errors(duct, flow.velocity)
        return errors.streamwise_ratio**2 + errors.in_plane**2, flow

    return jax.jit(jax.value_and_grad(loss, has_aux=True))


def _first(duct: Duct, structure: nnx.GraphDef[TensorBasisNetwork], weights: nnx.State) -> Guess:
    """The velocity of the first weights, from which the training's solves go on."""
    flow = velocity_of(nnx.merge(structure, weights), duct)
    return Guess(flow.unknowns, flow.driving_force)


def _nowhere(duct: Duct, structure: nnx.GraphDef[TensorBasisNetwork], weights: nnx.State) -> Guess:
    """In place of a velocity, where a checkpoint holds one."""
    del structure, weights
    return Guess(jnp.zeros((*duct.case.section.shape, 2)), jnp.zeros(()))


def _double(network: TensorBasisNetwork) -> TensorBasisNetwork:
    """The same model in double precision, which the solver works in."""
    structure, weights = nnx.split(network)
    return nnx.merge(structure, jax.tree.map(lambda value: value.astype(jnp.float64), weights))


def _single(parameters: PyTree) -> PyTree:
    return jax.tree.map(lambda value: value.astype(jnp.float32), parameters)


def _digest(weights: nnx.State) -> str:
    return digest([float(np.abs(np.asarray(leaf)).sum()) for leaf in jax.tree.leaves(weights)])
