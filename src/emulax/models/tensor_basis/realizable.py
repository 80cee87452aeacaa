"""Anisotropies that are realizable whatever the coefficients.

    b = X^2 / tr X^2 - I/3,   X = I + sum_n g_n T_n

A Reynolds stress is realizable if it is positive semidefinite (Schumann 1977, doi:10.1063/1.861942), and the square of
a symmetric tensor is. Every realizable b is reached: X is the root of b + I/3, with trace 3. The map is a polynomial
in the tensors but for its scale, so that it is smooth, and turns with the frame; tensors without trace keep tr X^2
above 3. A bound on eigenvalues would do the same with kinks where two of them meet.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from emulax.models.tensor_basis.tensors import product, unit_like

# Rounding may leave an eigenvalue of X^2 below zero by some units in its last place; b is drawn in by more than that.
_ROUNDING = 16.0


def anisotropy(
    coefficients: Float[Array, "*points tensor"], tensors: Float[Array, "*points tensor 3 3"]
) -> Float[Array, "*points 3 3"]:
    """The realizable anisotropy with these coefficients of these tensors, symmetric and without trace.

    Args:
        coefficients: g_n.
        tensors: T_n, symmetric and without trace.
    """
    rest = jnp.einsum("...n,...nij->...ij", coefficients, tensors, precision=jax.lax.Precision.HIGHEST)
    # The root's size does not matter, and its square must not overflow.
    size = 1.0 + jnp.abs(rest).max((-2, -1), keepdims=True)
    eye = unit_like(rest)
    root = (eye + rest) / size
    squared = product(root, root)
    whole = squared / jnp.trace(squared, axis1=-2, axis2=-1)[..., None, None]
    inwards = 1.0 - _ROUNDING * jnp.finfo(tensors.dtype).eps
    return inwards * (whole - eye / 3.0)
