"""Euclidean length with a finite gradient everywhere."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array, Float


def norm(*components: Float[Array, "*batch"]) -> Float[Array, "*batch"]:
    """Length of the vector with these components; at the origin its gradient is zero instead of NaN."""
    square = sum((component * component for component in components[1:]), components[0] * components[0])
    positive = square > 0
    return jnp.where(positive, jnp.sqrt(jnp.where(positive, square, 1.0)), 0.0)
