"""Pope's integrity basis: every symmetric, traceless tensor function of s and r is a sum of ten tensors.

The coefficients are functions of five invariants. In a plane flow, and in a parallel one, only three of the ten are
independent.

Source: Pope 1975, doi:10.1017/S0022112075003382.
"""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from emulax.models.tensor_basis.tensors import Tensor, product, trace_of_product, traceless

COUNT = 10
_INDEPENDENT = 1e-8
_NOTHING = 1e-12


def tensors(strain: Tensor, rotation: Tensor, *, count: int = COUNT) -> Float[Array, "*points tensor 3 3"]:
    """The first tensors of the basis, symmetric and without trace.

    Args:
        strain: s.
        rotation: r.
        count: How many of the ten, in Pope's order.
    """
    s, r = strain, rotation
    ss, rr = product(s, s), product(r, r)
    makers = (
        lambda: s,
        lambda: product(s, r) - product(r, s),
        lambda: traceless(ss),
        lambda: traceless(rr),
        lambda: product(r, ss) - product(ss, r),
        lambda: traceless(product(rr, s) + product(s, rr)),
        lambda: product(product(r, s), rr) - product(product(rr, s), r),
        lambda: product(product(s, r), ss) - product(product(ss, r), s),
        lambda: traceless(product(rr, ss) + product(ss, rr)),
        lambda: product(product(r, ss), rr) - product(product(rr, ss), r),
    )
    return jnp.stack([make() for make in makers[:count]], axis=-3)


def invariants(strain: Tensor, rotation: Tensor) -> Float[Array, "*points 5"]:
    """Tr s^2, tr r^2, tr s^3, tr r^2 s, tr r^2 s^2."""
    ss, rr = product(strain, strain), product(rotation, rotation)
    pairs = ((strain, strain), (rotation, rotation), (ss, strain), (rr, strain), (rr, ss))
    return jnp.stack([trace_of_product(a, b) for a, b in pairs], axis=-1)


def rank(basis: Float[np.ndarray, "points tensor 3 3"]) -> int:
    """How many of the tensors are independent, at the point where most are."""
    flat = np.asarray(basis, np.float64).reshape(*basis.shape[:-2], 9)
    norms = np.linalg.norm(flat, axis=-1, keepdims=True)
    values = np.linalg.svd(flat / np.where(norms > _NOTHING, norms, np.inf), compute_uv=False)
    return int((values > _INDEPENDENT * values[..., :1]).sum(-1).max())


def needed(basis: Float[np.ndarray, "points tensor 3 3"]) -> int:
    """How many tensors, in Pope's order, span all that all of them do."""
    whole = rank(basis)
    return next(count for count in range(1, basis.shape[-3] + 1) if rank(basis[:, :count]) == whole)
