"""Flow that leaves, wakes and sound included."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from emulax_lbm.boundaries.edges.edge import Continuation, Incoming
from emulax_lbm.boundaries.edges.outgoing import outgoing_density
from emulax_lbm.boundaries.edges.side import Side
from emulax_lbm.lattices import Lattice
from emulax_lbm.moments import Populations, density


@dataclass(frozen=True)
class PressureOutlet:
    """Outflow at the reference pressure.

    Populations are extrapolated along x, their density set to that of a plane sound wave which only goes out
    (`outgoing.py`), which is the reference in an incompressible flow. A few per cent of a pulse come back. Applied cell
    by cell it would resist the wake as well, and a steady state take ten times longer.
    """

    rank = 1
    sides: ClassVar[frozenset[str]] = frozenset({"right"})
    continuation: ClassVar[Continuation] = "open"
    clearance: ClassVar[int] = 2

    def check(self, side: Side, dimensions: int) -> None:
        """Where it stands is all that counts."""

    def fill(self, lattice: Lattice, f: Populations, side: Side, incoming: Incoming) -> Populations:
        """Extrapolate and set the density."""
        layers = [side.inner(population) for population in f]
        change = outgoing_density(lattice, layers, incoming) - density(lattice, layers)
        out = list(f)
        for i in lattice.entering(side.axis, side.sign):
            out[i] = side.with_ghosts(f[i], layers[i] + lattice.weights[i] * change)
        return tuple(out)
