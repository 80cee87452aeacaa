"""The section of a triangle mesh by a plane."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float


def section(triangles: Float[np.ndarray, "triangle 3 3"], z: float) -> Float[np.ndarray, "segment 2 2"]:
    """Segments in which a plane of constant z cuts the triangles, with the solid on their left.

    A corner on the plane counts as below it, so that every triangle is cut once or not at all and a closed
    mesh gives closed loops.

    Args:
        triangles: Corners, counter-clockwise seen from outside.
        z: Height of the plane.
    """
    above = triangles[:, :, 2] > z
    cut = above.any(axis=1) & ~above.all(axis=1)
    triangles, above = triangles[cut], above[cut]
    # Start each triangle at the corner that is alone on its side of the plane: both edges from there are cut.
    alone = np.argmax(above == (above.sum(axis=1) == 1)[:, None], axis=1)
    order = (alone[:, None] + np.arange(3)) % 3
    triangles = np.take_along_axis(triangles, order[:, :, None], axis=1)
    tip, second, third = triangles[:, 0], triangles[:, 1], triangles[:, 2]
    ends = np.stack([_crossing(tip, second, z), _crossing(tip, third, z)], axis=1)
    # Seen from outside, a tip below the plane has the second corner, and with it the first end, on the right.
    upwards = tip[:, 2] > z
    return np.where(upwards[:, None, None], ends, ends[:, ::-1])


def _crossing(
    tip: Float[np.ndarray, "cut 3"], base: Float[np.ndarray, "cut 3"], z: float
) -> Float[np.ndarray, "cut 2"]:
    """Where edges meet the plane, computed upwards in each so that neighbours agree to the last bit."""
    upwards = (tip[:, 2] < base[:, 2])[:, None]
    low, high = np.where(upwards, tip, base), np.where(upwards, base, tip)
    t = (z - low[:, 2:]) / (high[:, 2:] - low[:, 2:])
    return (low + t * (high - low))[:, :2]
