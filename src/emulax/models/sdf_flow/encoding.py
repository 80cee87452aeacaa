"""Geometry, Reynolds number and inflow as the channels a network reads."""

from __future__ import annotations

import math
from typing import Literal, TypeAlias

import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

Geometry: TypeAlias = Literal["sdf", "mask", "both"]
"""What a network is told of the geometry."""


def channel_count(inputs: Geometry) -> int:
    """Channels that `encode` returns."""
    return 4 if inputs == "both" else 3


def encode(
    sdf: Float[Array, " batch *space"],
    mask: Bool[Array, " batch *space"],
    reynolds: Float[Array, " batch"],
    inflow: Float[Array, " batch *side"],
    *,
    inputs: Geometry,
    reynolds_range: tuple[float, float],
) -> Float[Array, "batch *space channel"]:
    """Geometry channels, then two that are constant along the flow: Reynolds number and inflow.

        r = 2 ln(Re / Re_low) / ln(Re_high / Re_low) - 1,   i = u_in / U - 1

    so that r runs over [-1, 1] in the range of the training data and stays meaningful a little beyond, and a uniform
    inflow is zero.

    Args:
        sdf: Signed distance to the wall in units of D, positive in fluid.
        mask: True in fluid.
        reynolds: Reynolds number U D / nu.
        inflow: Streamwise velocity at the left edge in units of U.
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
    conditions = (position.reshape(-1, *[1] * (sdf.ndim - 1)), inflow.astype(jnp.float32)[..., None] - 1)
    return jnp.stack([*geometry, *(jnp.broadcast_to(values, sdf.shape) for values in conditions)], axis=-1)
