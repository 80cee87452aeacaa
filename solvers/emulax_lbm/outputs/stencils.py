"""Values between cells and beside walls: sums over nearby fluid cells, with weights that depend on the geometry alone.

Beside a wall, a polynomial of the second degree is fitted to the fluid cells within reach by weighted least squares
(the moving least squares of Lancaster & Salkauskas 1981, doi 10.1090/S0025-5718-1981-0616367-1). Such polynomials come
back exactly: values carried to the wall are of third, derivatives of second order in the cell size. Cells behind the
wall that is nearest to the point, on the other side of a thin body, do not count. Where a gap holds too few cells, the
degree is lower.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations_with_replacement, product
from typing import Any, NamedTuple, TypeVar

import jax
import numpy as np
from jaxtyping import Float, Int

from emulax_lbm.errors import CaseError

ArrayT = TypeVar("ArrayT", jax.Array, np.ndarray)

REACH = 3.0
"""Distance in cells within which fluid cells count, the less the farther away."""

BEHIND = 0.25
"""How far in cells a fluid cell may lie behind the plane of the nearest wall: a body may bulge."""

_TOLD_APART = 1e-6
"""Least eigenvalue of the normal equations, distances in units of `REACH`, of monomials that the cells tell apart."""


class Stencil(NamedTuple):
    """Cells and weights of some points.

    Attributes:
        cell: Flat index `[z] y x` of each cell.
        weight: Its weight; zero for cells that do not count.
    """

    cell: Int[np.ndarray, "point k"]
    weight: Float[np.ndarray, "point k"]

    def sums(self, field: Float[ArrayT, "..."], cells: tuple[int, ...]) -> Float[ArrayT, "..."]:
        """The weighted sums `[batch] point` of a scalar field `[batch] [z] y x`.

        Args:
            field: The values; NumPy in, NumPy out, which compiles nothing for the number of points of each body.
            cells: Number of cells `([z,] y, x)` along the axes that the stencils were made for.

        Raises:
            CaseError: A field with other cells.
        """
        batch = field.shape[: max(0, field.ndim - len(cells))]
        if field.shape != (*batch, *cells):
            raise CaseError("field", f"has shape {field.shape}, must end in the cells of the sdf, {cells}")
        xp: Any = field.__array_namespace__()
        found = field.reshape(*batch, -1)[..., self.cell]
        weight = xp.asarray(self.weight, field.dtype).reshape(*[1] * len(batch), *self.weight.shape)
        # A cell that does not count may hold anything.
        return xp.sum(xp.where(weight == 0.0, 0.0, found) * weight, axis=-1)


def linear(shape: tuple[int, ...], points: Float[np.ndarray, "point d"]) -> Stencil:
    """Linear interpolation along each axis; beyond the outermost cell centres, extrapolation.

    Args:
        shape: Cells `([z,] y, x)`.
        points: Components x, y[, z] in cells, from the corner of the box.
    """
    low = np.clip(np.floor(points - 0.5).astype(int), 0, np.array(shape[::-1]) - 2)
    fraction = points - 0.5 - low
    cells, weights = [], []
    for corner in product((0, 1), repeat=len(shape)):
        cells.append(_flat(shape, low + corner))
        weights.append(np.prod(np.where(corner, fraction, 1.0 - fraction), axis=-1))
    return Stencil(np.stack(cells, axis=-1), np.stack(weights, axis=-1))


def fitted_value(distance: Float[np.ndarray, "..."], points: Float[np.ndarray, "point d"]) -> Stencil:
    """The value at each point of the polynomial fitted to the fluid cells around it.

    Args:
        distance: Signed distance at the cell centres in cells, `[z] y x`.
        points: Components x, y[, z] in cells, from the corner of the box.
    """
    cell, weights = _fit(distance, points, _powers(distance.ndim))
    return Stencil(cell, weights[0])


def wall_derivatives(distance: Float[np.ndarray, "..."], points: Float[np.ndarray, "point d"]) -> tuple[Stencil, ...]:
    """Derivatives per cell along x, y[, z], at points of a wall, of polynomials that vanish at the point.

    So does a velocity at a wall at rest. Args are those of `fitted_value`.
    """
    cell, weights = _fit(distance, points, _powers(distance.ndim)[1:])
    return tuple(Stencil(cell, weights[axis] / REACH) for axis in range(distance.ndim))


def slope(distance: Float[np.ndarray, "..."]) -> Float[np.ndarray, "... d"]:
    """Gradient of a signed distance at the cell centres, components x, y[, z] last."""
    axes = reversed(range(distance.ndim))
    return np.stack([np.gradient(distance, axis=axis) for axis in axes], axis=-1)


def unit(vectors: Float[np.ndarray, "... d"]) -> Float[np.ndarray, "... d"]:
    """Vectors over their lengths; zero where they have none."""
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-300)


def _powers(dimensions: int) -> list[tuple[int, ...]]:
    """The monomials up to the second degree: the axes of their factors, 1 first, then x, y[, z]."""
    return [axes for degree in range(3) for axes in combinations_with_replacement(range(dimensions), degree)]


def _fit(
    distance: Float[np.ndarray, "..."], points: Float[np.ndarray, "point d"], powers: Sequence[tuple[int, ...]]
) -> tuple[Int[np.ndarray, "point k"], Float[np.ndarray, "power point k"]]:
    """Cells around each point, and their weights in the coefficient of each monomial of the way from it to them."""
    reach = range(-int(REACH), int(REACH) + 1)
    offsets = np.array(
        [offset for offset in product(reach, repeat=distance.ndim) if np.linalg.norm(offset) < REACH + 1.0]
    )
    cell = np.floor(points).astype(int)[:, None, :] + offsets
    there = np.all((cell >= 0) & (cell < distance.shape[::-1]), axis=-1)
    flat = _flat(distance.shape, np.where(there[..., None], cell, 0))
    way = cell + 0.5 - points[:, None, :]
    counts = there & (distance.reshape(-1)[flat] > 0.0) & (_height(distance, points, way) > -BEHIND)
    way /= REACH
    closeness = np.where(counts, np.maximum(0.0, 1.0 - np.sum(way**2, axis=-1)) ** 2, 0.0)
    basis = np.stack([np.prod(way[..., list(axes)], axis=-1) for axes in powers], axis=-1)
    normal = np.einsum("pk,pki,pkj->pij", closeness, basis, basis)
    weights, left = np.zeros((len(powers), *flat.shape)), np.ones(len(points), bool)
    for degree in (2, 1, 0):
        kept = np.array([k for k, axes in enumerate(powers) if len(axes) <= degree], int)
        if not kept.size:
            break
        matrix = normal[:, kept][:, :, kept]
        here = np.flatnonzero(left & (np.linalg.eigvalsh(matrix)[:, 0] > _TOLD_APART))
        inverse = np.linalg.inv(matrix[here])
        weights[kept[:, None], here] = np.einsum("pij,pkj,pk->ipk", inverse, basis[here][..., kept], closeness[here])
        left[here] = False
    return flat, weights


def _height(
    distance: Float[np.ndarray, "..."], points: Float[np.ndarray, "point d"], way: Float[np.ndarray, "point k d"]
) -> Float[np.ndarray, "point k"]:
    """Height in cells of the ends of ways from each point above the plane of the wall that is nearest to the point."""
    around = linear(distance.shape, points)
    at_point = np.sum(distance.reshape(-1)[around.cell] * around.weight, axis=-1)
    gradient = slope(distance).reshape(-1, distance.ndim)[around.cell]
    normal = unit(np.sum(gradient * around.weight[..., None], axis=1))
    return at_point[:, None] + np.einsum("pkd,pd->pk", way, normal)


def _flat(shape: tuple[int, ...], cell: np.ndarray) -> np.ndarray:
    """Flat index of cells given by their components x, y[, z] on the last axis."""
    strides = np.cumprod([1, *shape[:0:-1]])
    return cell @ strides
