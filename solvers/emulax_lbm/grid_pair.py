"""The discretisation error of a steady flow, from the same flow on half the cells each way.

Where the error falls as `h^p` (Richardson; Roache 1994, doi 10.1115/1.2910291),

    u_h - u = (u_2h - u_h) / (2^p - 1),        p = 2

The fine flow is brought to the centres of the coarse cells by cubic interpolation. The mean of the cells in a coarse
one would not do: it differs from the value in the middle by as much as what is looked for.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from jaxtyping import Bool, Float

from emulax_lbm.simulate import Flow

ORDER = 2
_DIVISOR = 2**ORDER - 1

_STENCILS = (
    ((0, 0, 1, 1, 0, 0), (0.0, 0.0, 0.5, 0.5, 0.0, 0.0)),
    ((0, 0, 1, 1, 1, 1), (0.0, 0.0, 0.3125, 0.9375, -0.3125, 0.0625)),
    ((1, 1, 1, 1, 0, 0), (0.0625, -0.3125, 0.9375, 0.3125, 0.0, 0.0)),
    ((0, 1, 1, 1, 1, 0), (0.0, -0.0625, 0.5625, 0.5625, -0.0625, 0.0)),
)
"""Cells that must be fluid, of three either side of the middle, and their weights; the later the better."""


def with_errors(flow: Flow, coarse: Flow, fluid: Bool[np.ndarray, "*space"]) -> Flow:
    """The flow with the estimates in its certificate, if both are steady.

    Args:
        flow: On the cells asked for.
        coarse: On half as many each way.
        fluid: Where the former has fluid.
    """
    if not (flow.certificate.converged and coarse.certificate.converged):
        return flow
    velocity, there = at_coarse_centres(flow.velocity.astype(np.float64), fluid)
    difference = np.linalg.norm((velocity - coarse.velocity)[there]) / np.linalg.norm(velocity[there])
    drag_error = None
    if not fluid.all():
        drag_error = abs(coarse.drag_coefficient / flow.drag_coefficient - 1.0) / _DIVISOR
    estimates = {"velocity_error": float(difference) / _DIVISOR, "drag_error": drag_error}
    return replace(flow, certificate=replace(flow.certificate, **estimates))


def at_coarse_centres(
    values: Float[np.ndarray, "*space d"], fluid: Bool[np.ndarray, "*space"]
) -> tuple[Float[np.ndarray, "*half d"], Bool[np.ndarray, "*half"]]:
    """Values at the centres of cells twice the size, and in which of these all cells are fluid.

    Axis by axis, by the cubic through the four cells nearest to the middle of a pair. Beside walls and the edges of
    the box it is the one through the pair and the two cells that follow; where there are fewer, the mean of the pair.
    """
    for axis in range(fluid.ndim):
        around = [(3, 3) if a == axis else (0, 0) for a in range(fluid.ndim)]
        near = [_every_other(np.pad(values, np.array([*around, (0, 0)])), axis, k) for k in range(1, 7)]
        wet = [_every_other(np.pad(fluid, np.array(around)), axis, k) for k in range(1, 7)]
        values = np.zeros_like(near[0])
        for needed, weights in _STENCILS:
            usable = np.all([cell for cell, need in zip(wet, needed, strict=True) if need], axis=0)
            interpolated = sum(weight * value for weight, value in zip(weights, near, strict=True) if weight)
            values = np.where(usable[..., None], interpolated, values)
        fluid = wet[2] & wet[3]
    return values, fluid


def _every_other(values: np.ndarray, axis: int, offset: int) -> np.ndarray:
    """Entries `offset - 3 + 2 k` along an axis that was padded by three either side, one for each pair."""
    pairs = (values.shape[axis] - 6) // 2
    return values.take(range(offset, offset + 2 * pairs, 2), axis)
