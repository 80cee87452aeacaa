"""Flow that enters at a known velocity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import jax.numpy as jnp

from emulax_lbm.boundaries.edges.bounce import bounce
from emulax_lbm.boundaries.edges.edge import Continuation, Incoming
from emulax_lbm.boundaries.edges.side import Side
from emulax_lbm.lattices import Lattice
from emulax_lbm.moments import Populations


@dataclass(frozen=True)
class VelocityInlet:
    """Flow entering with the case's inflow, by bounce-back with its momentum."""

    rank = 3
    sides: ClassVar[frozenset[str]] = frozenset({"left"})
    continuation: ClassVar[Continuation] = "open"
    clearance: ClassVar[int] = 2

    def check(self, side: Side, dimensions: int) -> None:
        """Where it stands is all that counts."""

    def fill(self, lattice: Lattice, f: Populations, side: Side, incoming: Incoming) -> Populations:
        """Bounce back at the inflow's velocity."""
        still = jnp.zeros_like(incoming.inflow)
        return bounce(lattice, f, side, (incoming.inflow, *[still] * (lattice.dimensions - 1)))
