"""What leaves on one side enters on the opposite one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from emulax_lbm.boundaries.edges.edge import ANYWHERE, Continuation, Incoming
from emulax_lbm.boundaries.edges.side import Side
from emulax_lbm.lattices import Lattice
from emulax_lbm.moments import Populations


@dataclass(frozen=True)
class Periodic:
    """What leaves here enters on the opposite edge."""

    rank = 0
    sides: ClassVar[frozenset[str]] = ANYWHERE
    continuation: ClassVar[Continuation] = "repeat"
    clearance: ClassVar[int] = 0

    def check(self, side: Side, dimensions: int) -> None:
        """Nothing can be wrong with one side alone."""

    def fill(self, lattice: Lattice, f: Populations, side: Side, incoming: Incoming) -> Populations:
        """Copy all populations, so that corners are right as well."""
        return tuple(side.with_ghosts(population, side.far_inner(population)) for population in f)
