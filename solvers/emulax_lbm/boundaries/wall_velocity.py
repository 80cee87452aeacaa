"""Velocity of the walls inside the box, as data: at the cell centres, used where a wall crosses a link.

A component along the wall slides it; one across it is flow through the wall, which itself stays where it is.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from emulax_lbm.boundaries.edges import Edges
from emulax_lbm.checks import numbers_of, require_components, require_positive, require_shape


def rotation(
    shape: tuple[int, ...], centre: Sequence[float], cells: float, rate: float | Sequence[float]
) -> Float[np.ndarray, "*space d"]:
    """Velocity `rate x (x - centre)` of a body that turns, at the cell centres, in units of U.

    Args:
        shape: Cells `([z,] y, x)`.
        centre: A point of the axis, components x, y[, z] in units of D, from the corner of the box.
        cells: Cells in D.
        rate: Angular velocity in units of U / D: one number in two dimensions (from x towards y), components x, y, z in
            three.

    Raises:
        CaseError: No such shape, a centre or a rate with other components, or no cells.
    """
    require_shape("shape", shape, (2, 3))
    flat = len(shape) == 2
    require_positive("cells", cells)
    about, turning = numbers_of("centre", centre, 1), numbers_of("rate", rate, 0 if flat else 1)
    for name, vector, count in (("centre", about, len(shape)), ("rate", np.atleast_1d(turning), 1 if flat else 3)):
        require_components(name, vector, count)
    points = (np.indices(shape) + 0.5)[::-1] / cells
    arm = np.moveaxis(points, 0, -1) - about
    if flat:
        return turning * np.stack([-arm[..., 1], arm[..., 0]], axis=-1)
    return np.cross(turning, arm)


def continued(edges: Edges, velocity: Float[np.ndarray, "batch ..."]) -> Float[np.ndarray, "batch ..."]:
    """Velocities `batch [z] y x d` with a layer of ghost cells, in which bodies go on as the edges say."""
    dimensions = velocity.shape[-1]
    for axis, pair in enumerate(edges.pairs[:dimensions]):
        where = dimensions - axis
        width = [(int(i == where), int(i == where)) for i in range(velocity.ndim)]
        velocity = np.pad(velocity, np.array(width), mode="wrap" if pair[0].continuation == "repeat" else "edge")
        for edge, ghost in zip(pair, (0, -1), strict=True):
            if edge.continuation == "mirror":
                velocity[(*[slice(None)] * where, ghost, ..., axis)] *= -1.0
    return velocity
