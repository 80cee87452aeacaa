"""Flow cases as points of a Euclidean space, for the null models that compare them."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32

_REACH = np.float32(1.0)

REYNOLDS_WEIGHTS = (0.0, 0.025, 0.05, 0.1, 0.2, 0.4)
"""Weights of the Reynolds number against the shape, of which a null model chooses one when it is fitted."""


def shape_vectors(sdf: Float32[np.ndarray, " sample *space"]) -> Float32[np.ndarray, "sample cells"]:
    """Each SDF, clipped to one D around the wall, as a vector whose norm is its root mean square.

    Unclipped, the far field outweighs the shape, and nearest neighbours and Gaussian processes do worse;
    their errors hardly depend on the reach between 0.5 and 1.5 D.
    """
    near = np.clip(sdf, -_REACH, _REACH).reshape(len(sdf), -1)
    return near / np.sqrt(np.float32(near.shape[1]))


def with_reynolds(
    shapes: Float32[np.ndarray, "sample features"], reynolds: Float32[np.ndarray, " sample"], weight: float
) -> Float32[np.ndarray, "sample features+1"]:
    """Case vectors, whose squared distance is that of the shapes plus `(weight ln(Re / Re'))^2`."""
    return np.concatenate([shapes, np.float32(weight) * np.log(reynolds)[:, None]], axis=1)
