"""Sides without friction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from emulax_lbm.boundaries.edges.edge import ANYWHERE, Continuation, Incoming
from emulax_lbm.boundaries.edges.side import Side
from emulax_lbm.lattices import Lattice
from emulax_lbm.moments import Populations


@dataclass(frozen=True)
class FreeSlip:
    """Specular reflection: no flow through, no friction along. Also a plane of symmetry."""

    rank = 2
    sides: ClassVar[frozenset[str]] = ANYWHERE
    continuation: ClassVar[Continuation] = "mirror"
    clearance: ClassVar[int] = 0

    def check(self, side: Side, dimensions: int) -> None:
        """It can stand anywhere."""

    def fill(self, lattice: Lattice, f: Populations, side: Side, incoming: Incoming) -> Populations:
        """Return what left, its velocity across reversed."""
        mirror, out = lattice.mirrored(side.axis), list(f)
        for i in lattice.entering(side.axis, side.sign):
            out[i] = side.with_ghosts(f[i], side.inner(f[mirror[i]]))
        return tuple(out)
