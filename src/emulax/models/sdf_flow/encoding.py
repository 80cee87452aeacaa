"""Geometry and Reynolds number as the channels a network reads."""

from __future__ import annotations

import math
from typing import Literal, TypeAlias

import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

Geometry: TypeAlias = Literal["sdf", "mask", "both"]
"""What a network is told of the geometry."""


def channel_count(inputs: Geometry) -> int:
    """Channels that `encode` returns."""
    return 3 if inputs == "both" else 2


def encode(
    sdf: Float[Array, "batch y x"],
    mask: Bool[Array, "batch y x"],
    reynolds: Float[Array, " batch"],
    *,
    inputs: Geometry,
    reynolds_range: tuple[float, float],
) -> Float[Array, "batch y x channel"]:
    """Geometry channels, then a constant channel with the logarithm of the Reynolds number.

        r = 2 ln(Re / Re_low) / ln(Re_high / Re_low) - 1

    so that r runs over [-1, 1] in the range of the training data and stays meaningful a little beyond.

    Args:
        sdf: Signed distance to the wall in units of D, positive in fluid.
        mask: True in fluid.
        reynolds: Reynolds number U D / nu.
        inputs: `sdf`, `mask` (1 in fluid, 0 in solid) or `both`.
        reynolds_range: Lowest and highest Reynolds number of the training data.
    """
    low, high = (math.log(bound) for bound in reynolds_range)
    position = 2 * (jnp.log(reynolds.astype(jnp.float32)) - low) / (high - low) - 1
    geometry = {
        "sdf": [sdf.astype(jnp.float32)],
        "mask": [mask.astype(jnp.float32)],
        "both": [sdf.astype(jnp.float32), mask.astype(jnp.float32)],
    }[inputs]
    constant = jnp.broadcast_to(position[:, None, None], sdf.shape)
    return jnp.stack([*geometry, constant], axis=-1)
