"""Losses: pure functions of prediction and target, one number a sample."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from emulax.core.errors import InputError
from emulax.metrics import cell_divergence

_TINY = 1e-30


@dataclass(frozen=True)
class FlowLossConfig:
    """What a flow model is trained to make small.

    Args:
        norm: `relative_l2`, which weighs all flows alike, or `mean_squared`, in units of U and rho U^2.
        pressure_weight: Weight of the pressure beside the velocity. Pressure's relative error is several times
            velocity's, whose norm contains the free stream; 0.1 lets both improve together.
        wall_weight: Additional weight of the squared velocity error at the wall; it falls by e a `wall_width` away.
        wall_width: In units of D.
        divergence_weight: Weight of the velocity's divergence.
    """

    norm: Literal["relative_l2", "mean_squared"] = "relative_l2"
    pressure_weight: float = 0.1
    wall_weight: float = 0.0
    wall_width: float = 0.2
    divergence_weight: float = 0.0

    def __post_init__(self) -> None:
        for name in ("pressure_weight", "wall_weight", "divergence_weight"):
            if not 0 <= getattr(self, name) < math.inf:
                raise InputError(name, f"is {getattr(self, name)}, must not be negative")
        if not 0 < self.wall_width < math.inf:
            raise InputError("wall_width", f"is {self.wall_width}, must be positive")


def flow_loss(
    config: FlowLossConfig,
    predicted: Float[Array, "batch *space channel"],
    target: Float[Array, "batch *space channel"],
    sdf: Float[Array, " batch *space"],
    mask: Bool[Array, " batch *space"],
) -> Float[Array, " batch"]:
    """Loss of each flow, over its fluid cells.

        L = |sqrt(1 + wall_weight exp(-sdf / wall_width)) (u_p - u)| + pressure_weight |p_p - p|
            + divergence_weight |dx div u_p|

    For `relative_l2`, |e| is the L2 norm of e over that of the true velocity (or pressure). It is not squared, so that
    every flow pulls with the same strength however well it is fitted already, and where prediction and truth agree
    exactly its gradient is zero. For `mean_squared` it is
    the mean over cells of the squared length of e. The divergence is that of `metrics.cell_divergence`.

    Args:
        config: Norm and weights.
        predicted: Predicted (u, v[, w], p).
        target: True (u, v[, w], p).
        sdf: Signed distance to the wall in units of D, positive in fluid.
        mask: True in fluid.
    """
    size = _relative_size if config.norm == "relative_l2" else _mean_square
    velocity, pressure = target[..., :-1], target[..., -1:]
    wall = 1 + config.wall_weight * jnp.exp(-jnp.maximum(sdf, 0.0) / config.wall_width)
    loss = size(jnp.sqrt(wall)[..., None] * (predicted[..., :-1] - velocity), velocity, mask)
    loss += config.pressure_weight * size(predicted[..., -1:] - pressure, pressure, mask)
    if config.divergence_weight:
        across, _ = cell_divergence(predicted[..., :-1], mask)
        loss += config.divergence_weight * size(across[..., None], velocity, mask)
    return loss


def _relative_size(
    error: Float[Array, "batch *space channel"],
    reference: Float[Array, "batch *space channel2"],
    mask: Bool[Array, " batch *space"],
) -> Float[Array, " batch"]:
    """Norm of the error over the norm of the reference."""
    size = jnp.maximum(_sum_of_squares(reference, mask), _TINY)
    return jnp.sqrt(jnp.maximum(_sum_of_squares(error, mask), _TINY) / size)


def _mean_square(
    error: Float[Array, "batch *space channel"],
    reference: Float[Array, "batch *space channel2"],
    mask: Bool[Array, " batch *space"],
) -> Float[Array, " batch"]:
    """Mean over cells of the squared length of the error; the reference does not matter."""
    del reference
    return _sum_of_squares(error, mask) / jnp.sum(mask, axis=tuple(range(1, mask.ndim)), dtype=error.dtype)


def _sum_of_squares(
    values: Float[Array, "batch *space channel"], mask: Bool[Array, " batch *space"]
) -> Float[Array, " batch"]:
    return jnp.sum(jnp.square(jnp.where(mask[..., None], values, 0.0)), axis=tuple(range(1, values.ndim)))
