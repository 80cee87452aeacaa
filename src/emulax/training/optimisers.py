"""Optimisers and their schedules."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import jax
import optax

from emulax.core.errors import InputError


@dataclass(frozen=True)
class OptimiserConfig:
    """AdamW with linear warm-up, cosine decay and clipping of the gradient's norm.

    Args:
        learning_rate: Peak of the schedule.
        warmup: Share of all steps over which the rate rises from zero to its peak.
        final: The rate at the end, as a share of the peak.
        weight_decay: Decoupled decay of matrices and kernels; biases and scales are left alone.
        clip: Largest norm of the whole gradient.
    """

    learning_rate: float = 2e-3
    warmup: float = 0.05
    final: float = 0.01
    weight_decay: float = 1e-4
    clip: float = 1.0

    def __post_init__(self) -> None:
        for name in ("learning_rate", "clip"):
            if not getattr(self, name) > 0:
                raise InputError(name, f"is {getattr(self, name)}, must be positive")
        for name in ("warmup", "final"):
            if not 0 <= getattr(self, name) < 1:
                raise InputError(name, f"is {getattr(self, name)}, must lie in 0 <= x < 1")
        if not self.weight_decay >= 0:
            raise InputError("weight_decay", f"is {self.weight_decay}, must not be negative")


def schedule(config: OptimiserConfig, steps: int) -> optax.Schedule:
    """Learning rate as a function of the step, for a training of `steps` steps."""
    return optax.warmup_cosine_decay_schedule(
        init_value=0.0 if config.warmup else config.learning_rate,
        peak_value=config.learning_rate,
        warmup_steps=round(config.warmup * steps),
        decay_steps=max(steps, 1),
        end_value=config.final * config.learning_rate,
    )


@cache
def optimiser(config: OptimiserConfig, steps: int) -> optax.GradientTransformation:
    """The optimiser of a training of `steps` steps; one for equal arguments, as what is compiled hangs on it."""
    return optax.chain(
        optax.clip_by_global_norm(config.clip),
        optax.adamw(schedule(config, steps), weight_decay=config.weight_decay, mask=_matrices),
    )


def _matrices(parameters: optax.Params) -> optax.Params:
    return jax.tree.map(lambda value: value.ndim > 1, parameters)
