"""What every edge of the box is."""

from __future__ import annotations

from typing import ClassVar, Literal, NamedTuple, Protocol, runtime_checkable

from jaxtyping import Array, Float

from emulax_lbm.boundaries.edges.side import Side
from emulax_lbm.lattices import Lattice
from emulax_lbm.moments import Populations

Continuation = Literal["repeat", "mirror", "open"]


class Incoming(NamedTuple):
    """What edges are told of each case, in lattice units.

    Attributes:
        velocity_scale: U.
        inflow: Streamwise velocity in the layer of cells along the left edge, ghost cells included.
    """

    velocity_scale: Float[Array, " batch"]
    inflow: Float[Array, "batch ..."]


@runtime_checkable
class Edge(Protocol):
    """A frozen description of what happens at a side of the box, half a cell outside the outermost cell centres.

    Attributes:
        sides: Names of the sides it can stand on.
        continuation: How a body goes on beyond the edge.
        clearance: How many cells away bodies must keep; none where they go on.
    """

    sides: ClassVar[frozenset[str]]
    continuation: ClassVar[Continuation]
    clearance: ClassVar[int]

    @property
    def rank(self) -> int:
        """Edges are filled in ascending order: a later one may read the ghost cells that an earlier one wrote."""
        ...

    def check(self, side: Side, dimensions: int) -> None:
        """Raise `CaseError` if it cannot stand here in a box of so many dimensions."""
        ...

    def fill(self, lattice: Lattice, f: Populations, side: Side, incoming: Incoming) -> Populations:
        """Write the populations that should arrive from this side into its ghost cells.

        Args:
            lattice: Velocity set.
            f: Populations after collision, with ghost cells.
            side: Where the edge stands.
            incoming: What is known of each case.
        """
        ...


ANYWHERE = frozenset({"left", "right", "bottom", "top", "back", "front"})
