"""Where the wall is: points of the zero level of a signed distance field.

Points are taken on the grid lines through the cell centres, where the linear signed distance between two of them
vanishes. Lines along an axis a lie `h` apart and meet the wall at an angle: each point on them stands for a patch of
`h^(d-1) / |n_a|`, with the unit normal n. As the squares of its components add up to one, the points of all axes
together make an integral over the wall:

    integral g dA = sum_a integral g n_a^2 dA  ~  sum_a sum_points g |n_a| h^(d-1)
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from emulax_lbm.outputs.stencils import slope, unit


class Crossings(NamedTuple):
    """Points of the wall, lengths in cells.

    Attributes:
        points: Components x, y[, z], from the corner of the box.
        normals: Unit vectors into the fluid.
        areas: What each point stands for in an integral: area, or in two dimensions length.
    """

    points: Float[np.ndarray, "point d"]
    normals: Float[np.ndarray, "point d"]
    areas: Float[np.ndarray, " point"]


def crossings(sdf: Float[np.ndarray, "..."]) -> Crossings:
    """All points of the wall: grid lines along x first, each axis in the order of the cells."""
    distance = sdf.astype(np.float64)
    gradient = slope(distance)
    points, normals, areas = [], [], []
    for axis in range(sdf.ndim):
        low, high = _neighbours(distance, sdf.ndim - 1 - axis)
        cut = (low > 0.0) != (high > 0.0)
        fraction = (low[cut] / (low[cut] - high[cut]))[:, None]
        before, after = (side[cut] for side in _neighbours(gradient, sdf.ndim - 1 - axis))
        normal = unit(before + fraction * (after - before))
        point = np.argwhere(cut)[:, ::-1] + 0.5
        point[:, axis] += fraction[:, 0]
        points.append(point)
        normals.append(normal)
        areas.append(np.abs(normal[:, axis]))
    return Crossings(np.concatenate(points), np.concatenate(normals), np.concatenate(areas))


def contours(sdf: Float[np.ndarray, "y x"]) -> list[Int[np.ndarray, " point"]]:
    """The crossings of a plane, sorted along its contours, which keep the body on their left.

    Between four neighbouring cell centres a contour goes from the side on which one leaves the solid, on the way round
    against the clock, to the last side before it on which one entered it; so solid corners across from each other stay
    apart. A contour that the box cuts off starts at its edge, a closed one at its point farthest downstream.
    """
    solid = sdf <= 0.0
    cut = [np.not_equal(*_neighbours(solid, where)) for where in (1, 0)]
    number = [np.full(lines.shape, -1) for lines in cut]
    count = 0
    for lines, place in zip(cut, number, strict=True):
        place[lines] = np.arange(count, count + lines.sum())
        count += int(lines.sum())
    (bottom, top), (left, right) = _neighbours(number[0], 0), _neighbours(number[1], 1)
    sides = np.stack([bottom, right, top, left])
    corner = np.stack([solid[:-1, :-1], solid[:-1, 1:], solid[1:, 1:], solid[1:, :-1]])
    after = np.roll(corner, -1, axis=0)
    leaves, enters = corner & ~after, ~corner & after
    following = np.full(count, -1)
    for back in (3, 2, 1):  # the nearest comes last and counts
        joined = leaves & np.roll(enters, back, axis=0)
        following[sides[joined]] = np.roll(sides, back, axis=0)[joined]
    return _walk(following, downstream=np.argsort(-crossings(sdf).points[:, 0], kind="stable"))


def _walk(following: np.ndarray, *, downstream: np.ndarray) -> list[Int[np.ndarray, " point"]]:
    """The chains that `following` makes, those with a beginning first."""
    beginnings = np.setdiff1d(np.arange(len(following)), following)
    left, chains = set(range(len(following))), []
    for start in map(int, np.concatenate([beginnings, downstream])):
        chain, here = [], start
        while here in left:
            left.remove(here)
            chain.append(here)
            here = int(following[here])
        if chain:
            chains.append(np.array(chain))
    return chains


def _neighbours(field: np.ndarray, axis: int) -> tuple[np.ndarray, np.ndarray]:
    """Every cell but the last along an axis, and the one after it."""
    cells = field.shape[axis]
    return field.take(range(cells - 1), axis), field.take(range(1, cells), axis)
