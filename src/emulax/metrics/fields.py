"""Errors of predicted velocity and pressure fields over the fluid: one number per sample."""

from __future__ import annotations

from typing import Any, TypeVar

import jax
import numpy as np
from jaxtyping import Bool, Float

ArrayT = TypeVar("ArrayT", jax.Array, np.ndarray)

_SPEED_FLOOR = 0.01
_BAND_CELLS = 3.0


def rel_l2(
    predicted: Float[ArrayT, "batch *space d"],
    true: Float[ArrayT, "batch *space d"],
    mask: Bool[ArrayT, " batch *space"],
) -> Float[ArrayT, " batch"]:
    """Relative L2 error of velocity, `||u_p - u|| / ||u||` over all components and fluid cells.

    Args:
        predicted: Predicted velocity in units of U.
        true: Reference velocity in units of U.
        mask: True in fluid.
    """
    return _norm(predicted - true, mask) / _norm(true, mask)


def pointwise(
    predicted: Float[ArrayT, "batch *space d"],
    true: Float[ArrayT, "batch *space d"],
    mask: Bool[ArrayT, " batch *space"],
) -> Float[ArrayT, " batch"]:
    """Mean relative error over fluid cells, `mean |u_p - u| / max(|u|, 0.01 U)`.

    After Guo, Li & Iorio, "Convolutional neural networks for steady flow approximation", KDD 2016,
    doi:10.1145/2939672.2939738; the floor on the speed keeps stagnation points from dominating.

    Args:
        predicted: Predicted velocity in units of U.
        true: Reference velocity in units of U.
        mask: True in fluid.
    """
    xp = _namespace(true)
    relative = _speed(predicted - true) / xp.maximum(_speed(true), _SPEED_FLOOR)
    total = xp.where(mask, relative, xp.zeros_like(relative)).sum(axis=_cells(mask))
    return total / mask.sum(axis=_cells(mask), dtype=true.dtype)


def perturbation(
    predicted: Float[ArrayT, "batch *space d"],
    true: Float[ArrayT, "batch *space d"],
    mask: Bool[ArrayT, " batch *space"],
    *,
    inflow: Float[ArrayT, " batch *side"] | None = None,
) -> Float[ArrayT, " batch"]:
    """Error relative to what the body does to the flow, `||u_p - u|| / ||u - U_in||` over fluid cells.

    Args:
        predicted: Predicted velocity in units of U.
        true: Reference velocity in units of U.
        mask: True in fluid.
        inflow: Streamwise velocity at the inlet in units of U, axes `batch [z] y`; one when None.
    """
    xp = _namespace(true)
    profile = xp.ones_like(true[..., 0]) if inflow is None else xp.broadcast_to(inflow[..., None], mask.shape)
    done = xp.concat([(true[..., 0] - profile)[..., None], true[..., 1:]], axis=-1)
    return _norm(predicted - true, mask) / _norm(done, mask)


def wall_band(
    predicted: Float[ArrayT, "batch *space d"],
    true: Float[ArrayT, "batch *space d"],
    mask: Bool[ArrayT, " batch *space"],
    *,
    sdf: Float[ArrayT, " batch *space"],
    cells_per_length: int,
) -> Float[ArrayT, " batch"]:
    """`rel_l2` over the fluid cells within 3 cells of the wall.

    Args:
        predicted: Predicted velocity in units of U.
        true: Reference velocity in units of U.
        mask: True in fluid.
        sdf: Signed distance to the wall in units of D.
        cells_per_length: Cells in D.
    """
    return rel_l2(predicted, true, mask & (sdf * cells_per_length <= _BAND_CELLS))


def pressure_rel_l2(
    predicted: Float[ArrayT, " batch *space"], true: Float[ArrayT, " batch *space"], mask: Bool[ArrayT, " batch *space"]
) -> Float[ArrayT, " batch"]:
    """Relative L2 error of pressure, `||p_p - p|| / ||p||` over fluid cells.

    Args:
        predicted: Predicted pressure above the reference in units of rho U^2.
        true: Reference pressure above the same reference in units of rho U^2.
        mask: True in fluid.
    """
    return _norm((predicted - true)[..., None], mask) / _norm(true[..., None], mask)


def _norm(vectors: Any, mask: Any) -> Any:
    """Euclidean norm over the fluid cells of each sample; solid cells may hold anything, NaN included."""
    xp = _namespace(vectors)
    kept = xp.where(mask[..., None], vectors, xp.zeros_like(vectors))
    return xp.sqrt(xp.sum(kept * kept, axis=(*_cells(mask), -1)))


def _speed(velocity: Any) -> Any:
    return _namespace(velocity).sqrt((velocity * velocity).sum(axis=-1))


def _cells(mask: Any) -> tuple[int, ...]:
    """The axes of space."""
    return tuple(range(1, mask.ndim))


def _namespace(array: Any) -> Any:
    """NumPy for NumPy arrays, jax.numpy for JAX arrays."""
    return array.__array_namespace__()
