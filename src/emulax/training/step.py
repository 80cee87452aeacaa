"""The compiled halves of the loop: one optimiser step, and the losses of a batch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

import jax
import jax.numpy as jnp
import optax
from flax import nnx
from jaxtyping import Array, Float, Int, PRNGKeyArray, PyTree

from emulax.core.memory import keep_freed_memory

# Compiled functions that are kept for the next training.
_KEPT = 8

Batch: TypeAlias = dict[str, Array]
"""Arrays by name, the sample axis first."""

Loss: TypeAlias = Callable[[Any, Batch], Float[Array, " batch"]]
"""Model and batch to the loss of each sample."""

Augment: TypeAlias = Callable[[Batch, PRNGKeyArray], Batch]
"""A random change of a training batch, also the place to draw noise for a stochastic loss."""


Weights: TypeAlias = tuple[PyTree, PyTree]
"""What predicts: parameters and variables."""


class TrainState(NamedTuple):
    """Everything that changes while training, on the device.

    Args:
        step: Optimiser steps done.
        parameters: What the optimiser changes.
        variables: What the model changes itself: batch statistics, states of random streams.
        average: Moving average of the parameters, or None.
        optimiser: The optimiser's state.
    """

    step: Int[Array, ""]
    parameters: PyTree
    variables: PyTree
    average: PyTree | None
    optimiser: optax.OptState

    @property
    def weights(self) -> Weights:
        """What predicts: the averaged parameters if there are any, and the variables."""
        return self.parameters if self.average is None else self.average, self.variables


Step: TypeAlias = Callable[
    [TrainState, Mapping[str, Array], Int[Array, " batch"], PRNGKeyArray], tuple[TrainState, Float[Array, ""]]
]
"""`(state, data, indices, key) -> (state, mean loss)`; takes over the memory of the state it is given."""

Evaluate: TypeAlias = Callable[[Weights, Mapping[str, Array], Int[Array, " batch"]], Float[Array, " batch"]]
"""`(weights, data, indices) -> loss of each sample`."""


def initial_state(model: nnx.Module, optimiser: optax.GradientTransformation, *, averaged: bool) -> TrainState:
    """The state of `model` before the first step; copies, since steps donate their state."""
    # Bare arrays: to take nnx's variables apart at each step would take a tenth of a small step's time.
    parameters, variables = (jax.tree.map(jnp.copy, nnx.as_pure(state)) for state in nnx.state(model, nnx.Param, ...))
    average = jax.tree.map(jnp.copy, parameters) if averaged else None
    return TrainState(jnp.zeros((), jnp.int32), parameters, variables, average, optimiser.init(parameters))


@lru_cache(_KEPT)
def make_step(
    graph: nnx.GraphDef[Any],
    loss: Loss,
    optimiser: optax.GradientTransformation,
    *,
    decay: float | None,
    augment: Augment | None,
) -> Step:
    """A compiled optimiser step, the same one for equal arguments: trainings that differ in their seed compile once."""
    keep_freed_memory()

    def objective(parameters: PyTree, variables: PyTree, batch: Batch) -> tuple[Array, PyTree]:
        model = nnx.merge(graph, parameters, variables, copy=True)  # a model may write to its own variables alone
        value = jnp.mean(loss(model, batch))
        return value, nnx.as_pure(nnx.state(model, nnx.Not(nnx.Param)))

    def step(
        state: TrainState, data: Mapping[str, Array], indices: Int[Array, " batch"], key: PRNGKeyArray
    ) -> tuple[TrainState, Float[Array, ""]]:
        batch = {name: array[indices] for name, array in data.items()}
        if augment is not None:
            batch = augment(batch, key)
        gradient_of = jax.value_and_grad(objective, has_aux=True)
        (value, variables), gradient = gradient_of(state.parameters, state.variables, batch)
        updates, optimiser_state = optimiser.update(gradient, state.optimiser, state.parameters)
        parameters = optax.apply_updates(state.parameters, updates)
        average = None
        if state.average is not None and decay is not None:
            average = _moving_average(state.average, parameters, state.step, decay)
        return TrainState(state.step + 1, parameters, variables, average, optimiser_state), value

    return jax.jit(step, donate_argnums=(0,))


@lru_cache(_KEPT)
def make_evaluate(graph: nnx.GraphDef[Any], loss: Loss) -> Evaluate:
    """A compiled evaluation of the loss."""

    def evaluate(weights: Weights, data: Mapping[str, Array], indices: Int[Array, " batch"]) -> Float[Array, " batch"]:
        model = nnx.merge(graph, *weights, copy=True)
        return loss(model, {name: array[indices] for name, array in data.items()})

    return jax.jit(evaluate)


def _moving_average(average: PyTree, parameters: PyTree, step: Int[Array, ""], decay: float) -> PyTree:
    """Exponential moving average whose memory grows with the steps done, so that it forgets the initial weights."""
    done = step.astype(jnp.float32)
    kept = jnp.minimum(jnp.float32(decay), (1 + done) / (10 + done))
    return jax.tree.map(lambda old, new: old + (1 - kept).astype(old.dtype) * (new - old), average, parameters)
