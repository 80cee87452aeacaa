"""Algebra of tensors of rank two at points."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

Tensor = Float[Array, "*points 3 3"]


def product(a: Tensor, b: Tensor) -> Tensor:
    """A b, in full precision on every device."""
    return jnp.matmul(a, b, precision=jax.lax.Precision.HIGHEST)


def trace_of_product(a: Tensor, b: Tensor) -> Float[Array, "*points"]:
    """tr(a b)."""
    return (a * jnp.swapaxes(b, -1, -2)).sum((-2, -1))


def unit_like(tensor: Tensor) -> Tensor:
    """The unit tensor at as many points."""
    return jnp.broadcast_to(jnp.eye(3, dtype=tensor.dtype), tensor.shape)


def traceless(tensor: Tensor) -> Tensor:
    """What a tensor is beyond its isotropic part."""
    third = jnp.trace(tensor, axis1=-2, axis2=-1)[..., None, None] / 3.0
    return tensor - third * unit_like(tensor)


def parts(gradient: Tensor) -> tuple[Tensor, Tensor]:
    """The symmetric and the antisymmetric part."""
    turned = jnp.swapaxes(gradient, -1, -2)
    return 0.5 * (gradient + turned), 0.5 * (gradient - turned)
