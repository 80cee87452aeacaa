"""Consistent orientation of a triangle soup."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components


def orient(triangles: Float[np.ndarray, "triangle 3 3"]) -> Float[np.ndarray, "kept 3 3"]:
    """The mesh without doubled triangles, each part oriented throughout as the larger part of its area is.

    Every triangle has two states, kept and flipped. Neighbours across an edge demand equal states where they
    run along it in opposite directions and unequal ones where they do not; the connected components of these
    demands are the two ways to orient each part of the mesh.
    """
    size = np.ptp(triangles.reshape(-1, 3), axis=0).max()
    # Corners nearer than a millionth of the mesh's size are one.
    _, corners = np.unique(np.round(triangles.reshape(-1, 3) / (1e-6 * size)), axis=0, return_inverse=True)
    corners = corners.reshape(-1, 3)
    _, first = np.unique(np.sort(corners, axis=1), axis=0, return_index=True)
    first = np.sort(first)
    triangles, corners = triangles[first], corners[first]

    count = len(triangles)
    one, other, same = _neighbours(corners)
    rows = np.concatenate([one, one + count])
    columns = np.concatenate([np.where(same, other + count, other), np.where(same, other, other + count)])
    demands = coo_array((np.ones(len(rows)), (rows, columns)), shape=(2 * count, 2 * count))
    parts, label = connected_components(demands, directed=False)
    kept, flipped = label[:count], label[count:]

    area = np.linalg.norm(np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0]), axis=1)
    agreement = np.bincount(kept, area, parts) - np.bincount(flipped, area, parts)
    tie = agreement[flipped] == agreement[kept]
    flip = np.where(tie, flipped < kept, agreement[flipped] > agreement[kept])
    return np.where(flip[:, None, None], triangles[:, ::-1], triangles)


def _neighbours(corners: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pairs of triangles that alone share an edge, and whether both run along it in the same direction."""
    count = len(corners)
    start, end = corners.T.ravel(), np.roll(corners, -1, axis=1).T.ravel()
    edge = np.stack([np.minimum(start, end), np.maximum(start, end)], axis=1)
    _, edge, uses = np.unique(edge, axis=0, return_inverse=True, return_counts=True)
    edge = edge.ravel()
    order = np.argsort(edge, kind="stable")
    order = order[uses[edge[order]] == 2]
    one, other = order[::2], order[1::2]
    return one % count, other % count, start[one] == start[other]
