"""Looking at single points of a flow."""

from __future__ import annotations

from collections.abc import Sequence

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from emulax_lbm.checks import numbers_of, require_array, require_positive
from emulax_lbm.errors import CaseError
from emulax_lbm.outputs.stencils import Stencil, fitted_value, linear

DEEPEST = 0.5
"""How far inside a body, in cells, a point may lie: the wall itself is known no better."""


class Probes:
    """Fields at fixed points, between the cells.

        probes = Probes(case.sdf, [(1.5, 2.0), (2.5, 2.0)], cells_per_length=case.cells_per_length)
        front, rear = probes.scalar(flow.pressure)

    Away from walls by linear interpolation along each axis. Where one of the cells that this takes is solid, by the
    polynomial of the second degree that fits the fluid cells within three cells best; a point may lie on the wall.

    Args:
        sdf: Signed distance at the cell centres, positive in fluid, in units of D.
        points: Components x, y[, z] in units of D, from the corner of the box.
        cells_per_length: Cells in D.

    Raises:
        CaseError: A point outside the box or inside a body, or no points, distances or cells at all.
    """

    def __init__(
        self,
        sdf: Float[np.ndarray, "..."],
        points: Sequence[Sequence[float]] | Float[np.ndarray, "point d"],
        *,
        cells_per_length: float,
    ) -> None:
        require_array("sdf", sdf)
        require_positive("cells_per_length", cells_per_length)
        self.points = numbers_of("points", points, 2)
        if self.points.shape[1] != sdf.ndim:
            raise CaseError("points", f"have shape {self.points.shape}, must be (points, {sdf.ndim})")
        cells = self.points * cells_per_length
        between = linear(sdf.shape, cells)
        distance = np.sum(sdf.reshape(-1)[between.cell] * between.weight, axis=-1)
        outside = np.any((cells < 0.0) | (cells > sdf.shape[::-1]), axis=-1)
        for where, bad in (("outside the box", outside), ("inside a body", distance * cells_per_length < -DEEPEST)):
            if bad.any():
                raise CaseError("points", f"{self.points[bad][0].tolist()} lies {where}, must lie in the fluid")
        self._cells = sdf.shape
        self._stencil = _with_walls(between, sdf.astype(np.float64) * cells_per_length, cells)

    def scalar(self, field: Float[Array | np.ndarray, "..."]) -> Float[Array, "..."]:
        """A scalar `[batch] [z] y x`, such as the pressure, at the points: `[batch] point`."""
        return self._stencil.sums(jnp.asarray(field), self._cells)

    def vector(self, field: Float[Array | np.ndarray, "... d"]) -> Float[Array, "... d"]:
        """A vector `[batch] [z] y x d`, such as the velocity, at the points: `[batch] point d`."""
        return jnp.stack([self.scalar(field[..., axis]) for axis in range(field.shape[-1])], axis=-1)


def _with_walls(between: Stencil, distance: np.ndarray, cells: np.ndarray) -> Stencil:
    """The stencils, those that need a solid cell replaced by fitted ones; lengths in cells."""
    beside = np.any(distance.reshape(-1)[between.cell] <= 0.0, axis=-1)
    if not beside.any():
        return between
    fitted = fitted_value(distance, cells[beside])
    cell, weight = (np.zeros((len(cells), fitted.cell.shape[1]), kind) for kind in (int, float))
    cell[:, : between.cell.shape[1]], weight[:, : between.cell.shape[1]] = between
    cell[beside], weight[beside] = fitted
    return Stencil(cell, weight)
