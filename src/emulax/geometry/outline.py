"""Checking a closed outline given by its points."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int

from emulax.core.errors import InputError

LARGEST_GAP = 0.02
"""An outline whose end points are farther apart than this fraction of its size is open."""

_COINCIDENT = 1e-9
"""Points nearer than this fraction of the size are one point; an outline thinner than it is a line."""

_SEGMENT_BLOCK = 64


def check_outline(vertices: Float[np.ndarray, "point 2"], source: str) -> Float[np.ndarray, "vertex 2"]:
    """The corners of a simple closed polygon, counter-clockwise, without repeated points.

    A gap of at most 2 % of the outline's size, such as a blunt trailing edge, is closed by a straight edge.

    Args:
        vertices: Points along the outline in either direction, the last one at (or near) the first.
        source: What the outline came from, for the message of an error.

    Raises:
        InputError: Fewer than three distinct points, a value that is not finite, an open or self-intersecting
            outline, or one that encloses no area.
    """
    points = np.asarray(vertices, np.float64)
    if not np.isfinite(points).all():
        row = int(np.flatnonzero(~np.isfinite(points).all(axis=1))[0])
        raise InputError(source, f"point {row + 1} of the outline is not finite")
    size = float(np.ptp(points, axis=0).max(initial=0.0)) if len(points) else 0.0
    points, gap = _distinct(points, _COINCIDENT * size)
    if len(points) < 3:
        raise InputError(source, f"the outline has {len(points)} distinct points, must have at least 3")
    if _width(points) <= _COINCIDENT * size:
        raise InputError(source, "the outline encloses no area: its points lie on one line")
    if gap > LARGEST_GAP * size:
        apart = f"its ends are {gap / size:.1%} of its size apart, at most {LARGEST_GAP:.0%} is allowed"
        raise InputError(source, f"the outline is open: {apart}", "repeat the first point at the end")
    crossing = _first_crossing(points)
    if crossing is not None:
        i, j = crossing
        raise InputError(source, f"the outline is self-intersecting: its edges {i + 1} and {j + 1} meet")
    return points if signed_area(points) > 0 else points[::-1].copy()


def signed_area(vertices: Float[np.ndarray, "vertex 2"]) -> float:
    """Area of a simple polygon, positive when it runs counter-clockwise."""
    x, y = vertices.T
    return float(0.5 * np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y))


def loop_segments(vertices: Float[np.ndarray, "vertex 2"]) -> Float[np.ndarray, "vertex 2 2"]:
    """The closed polygon's edges, start and end of each."""
    return np.stack([vertices, np.roll(vertices, -1, axis=0)], axis=1)


def padded(segments: Float[np.ndarray, "segment 2 2"]) -> Float[np.ndarray, "padded 2 2"]:
    """With zero-length segments up to a whole number of blocks: outlines of similar size share a compile."""
    missing = -len(segments) % _SEGMENT_BLOCK
    return np.concatenate([segments, np.broadcast_to(segments[-1, 1], (missing, 2, 2))])


def _distinct(points: Float[np.ndarray, "point 2"], tolerance: float) -> tuple[Float[np.ndarray, "vertex 2"], float]:
    """Points without consecutive duplicates, and the gap between the two ends."""
    if len(points) < 2:
        return points, 0.0
    moved = np.linalg.norm(np.diff(points, axis=0), axis=1) > tolerance
    points = points[np.concatenate([[True], moved])]
    gap = float(np.linalg.norm(points[-1] - points[0]))
    return (points[:-1] if gap <= tolerance and len(points) > 1 else points), gap


def _width(points: Float[np.ndarray, "vertex 2"]) -> float:
    """Extent across the direction in which the points extend least."""
    centred = points - points.mean(axis=0)
    _, _, directions = np.linalg.svd(centred, full_matrices=False)
    return float(np.ptp(centred @ directions[-1]))


def _first_crossing(points: Float[np.ndarray, "vertex 2"]) -> tuple[int, int] | None:
    """Two edges of the closed polygon that meet anywhere but at the corner between neighbours."""
    start, end = points, np.roll(points, -1, axis=0)
    count = len(points)
    first, second = _overlapping(np.minimum(start, end), np.maximum(start, end))
    apart = (second - first > 1) & (second - first < count - 1)
    first, second = first[apart], second[apart]
    a, b, c, d = start[first], end[first], start[second], end[second]
    meet = (_side(a, b, c) * _side(a, b, d) <= 0) & (_side(c, d, a) * _side(c, d, b) <= 0)

    after = np.roll(end, -1, axis=0)
    folded = (_side(start, end, after) == 0) & (np.sum((end - start) * (after - end), axis=1) < 0)
    pairs = [
        *zip(first[meet], second[meet], strict=True),
        *((i, (i + 1) % count) for i in np.flatnonzero(folded)),
    ]
    return min(((int(min(p)), int(max(p))) for p in pairs), default=None)


def _overlapping(
    low: Float[np.ndarray, "edge 2"], high: Float[np.ndarray, "edge 2"]
) -> tuple[Int[np.ndarray, " pair"], Int[np.ndarray, " pair"]]:
    """Pairs i < j of edges whose bounding boxes overlap, by sweeping along x."""
    order = np.argsort(low[:, 0], kind="stable")
    reach = np.searchsorted(low[order, 0], high[order, 0], side="right")
    followers = reach - np.arange(len(order)) - 1
    sweep = np.repeat(np.arange(len(order)), followers)
    partner = np.arange(len(sweep)) - np.repeat(np.cumsum(followers) - followers, followers) + sweep + 1
    i, j = order[sweep], order[partner]
    overlap = (low[i, 1] <= high[j, 1]) & (low[j, 1] <= high[i, 1])
    return np.minimum(i, j)[overlap], np.maximum(i, j)[overlap]


def _side(
    a: Float[np.ndarray, "pair 2"], b: Float[np.ndarray, "pair 2"], c: Float[np.ndarray, "pair 2"]
) -> Float[np.ndarray, " pair"]:
    """Twice the signed area of each triangle abc: on which side of the line ab does c lie."""
    return (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
