"""Where walls cross the links between fluid cells and their solid neighbours, straight from the signed distances."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from emulax_lbm.boundaries.edges import Edges
from emulax_lbm.boundaries.wall_velocity import continued
from emulax_lbm.lattices import Lattice
from emulax_lbm.streaming import ghosts


class Crossings(NamedTuple):
    """The links of one population that a wall crosses, in the order of the cases.

    Attributes:
        population: Index of the population that comes back, `i`.
        cell: Indices `case, [z,] y, x`, in the field with its ghost layer, of the fluid cells.
        fraction: Fraction `q` of the link, from the fluid cell, at which the linear signed distance vanishes.
    """

    population: int
    cell: tuple[np.ndarray, ...]
    fraction: Float[np.ndarray, " link"]


def find_crossings(lattice: Lattice, distance: Float[np.ndarray, "batch ..."]) -> list[Crossings]:
    """The links of every moving population that a wall crosses.

    Args:
        lattice: Velocity set.
        distance: Signed distance (positive in fluid) with its ghost layer, any unit of length.
    """
    solid = distance <= 0.0
    within = np.pad(
        np.ones([distance.shape[0], *(n - 2 for n in distance.shape[1:])], bool), ghosts(lattice.dimensions)
    )
    found = []
    for i, velocity in enumerate(lattice.velocities[1:], start=1):
        behind, axes = tuple(reversed(velocity)), tuple(range(1, distance.ndim))
        cell = np.nonzero(~solid & np.roll(solid, behind, axes) & within)
        here, there = distance[cell], distance[neighbours(cell, velocity, -1)]
        found.append(Crossings(i, cell, here / (here - there)))
    return found


def neighbours(cell: tuple[np.ndarray, ...], velocity: tuple[int, ...], steps: int) -> tuple[np.ndarray, ...]:
    """Indices of the cells that lie so many times `velocity` away."""
    case, *place = cell
    return (case, *(index + steps * c for index, c in zip(place, reversed(velocity), strict=True)))


def in_the_box(
    edges: Edges, cell: tuple[np.ndarray, ...], shape: tuple[int, ...]
) -> tuple[tuple[np.ndarray, ...], np.ndarray]:
    """The same cells, moved into the box where it repeats; and whether they lie in it. Those that do not are clipped.

    Args:
        edges: The axes along which the box repeats.
        cell: Indices `case, [z,] y, x` in the field with its ghost layer.
        shape: Of this field.
    """
    case, *place = cell
    there = np.ones(len(case), bool)
    for where, size in enumerate(shape):
        index = place[where]
        if edges.pairs[len(shape) - 1 - where][0].continuation == "repeat":
            index = (index - 1) % (size - 2) + 1
        there &= (index > 0) & (index < size - 1)
        place[where] = np.clip(index, 0, size - 1)
    return (case, *place), there


def velocities_at(
    lattice: Lattice, edges: Edges, crossings: list[Crossings], velocity: Float[np.ndarray, "batch ..."]
) -> list[Float[np.ndarray, "link d"]]:
    """Velocity of the wall at every crossing, from that at the centres of the two cells.

    Args:
        lattice: Velocity set.
        edges: How bodies go on beyond the box.
        crossings: Where the walls are.
        velocity: `batch [z] y x d`, without ghost cells.
    """
    around = continued(edges, velocity)
    found = []
    for i, cell, fraction in crossings:
        q = fraction[:, None]
        found.append((1.0 - q) * around[cell] + q * around[neighbours(cell, lattice.velocities[i], -1)])
    return found


def arms(
    lattice: Lattice,
    edges: Edges,
    crossings: Crossings,
    shape: tuple[int, ...],
    centre: Float[np.ndarray, "batch d"],
) -> Float[np.ndarray, "link d"]:
    """From each case's `centre` (in cells from the corner of the box) to the crossings, the short way round.

    Args:
        lattice: Velocity set.
        edges: The axes along which the box repeats.
        crossings: Where the wall is.
        shape: Cells in the box, `([z,] y, x)`.
        centre: Components x, y[, z].
    """
    case, *place = crossings.cell
    velocity = np.array(lattice.velocities[crossings.population])
    # The first cell inside has index 1 and its centre at one half.
    points = np.stack(place[::-1], axis=-1) - 0.5 - crossings.fraction[:, None] * velocity
    arm = points - centre[case]
    for axis, (low, _) in enumerate(edges.pairs[: lattice.dimensions]):
        if low.continuation == "repeat":
            cells = shape[-1 - axis]
            arm[:, axis] -= cells * np.round(arm[:, axis] / cells)
    return arm
