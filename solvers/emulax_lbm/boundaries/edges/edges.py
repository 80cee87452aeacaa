"""All edges of the box together.

An edge writes into the ghost layer the populations that should arrive from there. A layer along an edge ends in the
ghost cells of its neighbours, and what it reads there must have been written: periodic edges come first and copy all
populations, then the pressure outlet, then free slip, then inlet and walls, which read no ghost cells and own the
corners, the walls at rest last. The convective outlet follows what streams beside it, and comes after all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from jaxtyping import Array, Float

from emulax_lbm.boundaries.edges.convective_outlet import ConvectiveOutlet
from emulax_lbm.boundaries.edges.edge import Edge, Incoming
from emulax_lbm.boundaries.edges.periodic import Periodic
from emulax_lbm.boundaries.edges.pressure_outlet import PressureOutlet
from emulax_lbm.boundaries.edges.side import SIDES, Side
from emulax_lbm.boundaries.edges.velocity_inlet import VelocityInlet
from emulax_lbm.checks import require_kind
from emulax_lbm.errors import CaseError
from emulax_lbm.lattices import Lattice
from emulax_lbm.moments import Populations

_Numbers = TypeVar("_Numbers", Array, np.ndarray)


@dataclass(frozen=True)
class Edges:
    """What happens at each edge of the box; x runs from left to right, y from bottom to top, z from back to front.

    Back and front are periodic unless given; in two dimensions there is nothing else they could be.

    Raises:
        CaseError: An edge that cannot stand where it is.
    """

    left: Edge
    right: Edge
    bottom: Edge
    top: Edge
    back: Edge = Periodic()  # noqa: RUF009 - frozen
    front: Edge = Periodic()  # noqa: RUF009 - frozen

    def __post_init__(self) -> None:
        for side, edge in self.along(3):
            require_kind(f"edges.{side.name}", edge, Edge, "an edge, such as Wall() or FreeSlip()")
        for (low, high), names in zip(self.pairs, ("left and right", "bottom and top", "back and front"), strict=True):
            if isinstance(low, Periodic) != isinstance(high, Periodic):
                raise CaseError("edges", f"{names} must both be periodic, or neither")
        for side, edge in self.along(3):
            if side.name not in edge.sides:
                raise CaseError(
                    "edges",
                    f"{type(edge).__name__} cannot be the {side.name} edge, only {', '.join(sorted(edge.sides))}",
                )
        if self.through_flow != isinstance(self.right, PressureOutlet | ConvectiveOutlet):
            raise CaseError("edges", "an inlet needs an outlet, and an outlet an inlet")

    @property
    def pairs(self) -> tuple[tuple[Edge, Edge], ...]:
        """The two edges across x, y and z."""
        return (self.left, self.right), (self.bottom, self.top), (self.back, self.front)

    def along(self, dimensions: int) -> Iterator[tuple[Side, Edge]]:
        """Every side of a box of so many dimensions, and its edge."""
        return ((side, getattr(self, side.name)) for side in SIDES if side.axis < dimensions)

    def in_order(self, dimensions: int) -> list[tuple[Side, Edge]]:
        """The same in the order in which they are filled."""
        return sorted(self.along(dimensions), key=lambda pair: (pair[1].rank, -pair[0].axis))

    def check(self, dimensions: int) -> None:
        """Check the edges against the number of dimensions.

        Raises:
            CaseError: A back or front that a flow in two dimensions does not have, or a wall's velocity with the
                wrong number of components or through the wall.
        """
        if dimensions == 2 and not isinstance(self.back, Periodic):
            raise CaseError("edges", f"has {type(self.back).__name__} at the back, but the box has two dimensions")
        for side, edge in self.along(dimensions):
            edge.check(side, dimensions)

    def around(self, sdf: Float[np.ndarray, "batch ..."]) -> Float[np.ndarray, "batch ..."]:
        """Signed distances with a layer of ghost cells, in which bodies go on as the edges say."""
        for axis, (low, high) in enumerate(self.pairs[: sdf.ndim - 1]):
            where = sdf.ndim - 1 - axis
            first, last = sdf.take([0], where), sdf.take([-1], where)
            open_ = np.full_like(first, np.inf)
            before = {"repeat": last, "mirror": first, "open": open_}[low.continuation]
            after = {"repeat": first, "mirror": last, "open": open_}[high.continuation]
            sdf = np.concatenate([before, sdf, after], where)
        return sdf

    def around_inlet(self, profile: _Numbers) -> _Numbers:
        """Inflow profiles with ghost cells: they repeat across periodic edges and stay as they are at others."""
        for axis, (low, _) in enumerate(self.pairs[1 : profile.ndim]):
            cells = np.arange(profile.shape[-1 - axis])
            around = cells[[-1, *cells, 0]] if isinstance(low, Periodic) else cells[[0, *cells, -1]]
            profile = profile[(..., around, *[slice(None)] * axis)]
        return profile

    @property
    def through_flow(self) -> bool:
        """Whether fluid enters on the left and leaves on the right."""
        return isinstance(self.left, VelocityInlet)


def fill_ghosts(lattice: Lattice, edges: Edges, f: Populations, incoming: Incoming) -> Populations:
    """Write what arrives from all edges into the ghost layer.

    Args:
        lattice: Velocity set.
        edges: The edges.
        f: Populations after collision, `batch [z+2] y+2 x+2`.
        incoming: What is known of each case.
    """
    for side, edge in edges.in_order(lattice.dimensions):
        f = edge.fill(lattice, f, side, incoming)
    return f
