"""Losses: pure functions of prediction and target, one number a sample."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

_TINY = 1e-30


def mean_squared_error(
    predicted: Float[Array, " batch *shape"], target: Float[Array, " batch *shape"]
) -> Float[Array, " batch"]:
    """Mean over a sample of (predicted - target)^2."""
    return jnp.mean(jnp.square(predicted - target), axis=tuple(range(1, predicted.ndim)))


def relative_l2(
    predicted: Float[Array, "batch y x channel"],
    target: Float[Array, "batch y x channel"],
    mask: Bool[Array, "batch y x"],
) -> Float[Array, " batch"]:
    """Relative L2 error over the cells of `mask` and all channels, `||p - t|| / ||t||`.

    The norm is not squared, so that every sample pulls with the same strength however well it is fitted already. Where
    prediction and target agree exactly the gradient is zero.
    """
    kept = mask[..., None]
    error = jnp.sum(jnp.square(jnp.where(kept, predicted - target, 0.0)), axis=(1, 2, 3))
    size = jnp.sum(jnp.square(jnp.where(kept, target, 0.0)), axis=(1, 2, 3))
    return jnp.sqrt(jnp.maximum(error, _TINY) / jnp.maximum(size, _TINY))


def flow_relative_l2(
    predicted: Float[Array, "batch y x 3"],
    target: Float[Array, "batch y x 3"],
    mask: Bool[Array, "batch y x"],
    *,
    pressure_weight: float = 0.1,
) -> Float[Array, " batch"]:
    """Relative L2 error of velocity plus `pressure_weight` times that of pressure, over fluid cells.

    Args:
        predicted: Predicted (u, v, p).
        target: True (u, v, p).
        mask: True in fluid.
        pressure_weight: Pressure's relative error is several times velocity's, whose norm contains the free stream; 0.1
            lets both improve together.
    """
    velocity = relative_l2(predicted[..., :2], target[..., :2], mask)
    pressure = relative_l2(predicted[..., 2:], target[..., 2:], mask)
    return velocity + pressure_weight * pressure
