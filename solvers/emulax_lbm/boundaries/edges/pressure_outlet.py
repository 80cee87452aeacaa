"""Flow that leaves, wakes and sound included."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import jax.numpy as jnp

from emulax_lbm.boundaries.edges.edge import Continuation, Incoming
from emulax_lbm.boundaries.edges.side import Side, interior
from emulax_lbm.lattices import Lattice
from emulax_lbm.lattices.lattice import CS
from emulax_lbm.moments import Populations, density, momentum


@dataclass(frozen=True)
class PressureOutlet:
    """Outflow at the reference pressure.

    Populations are extrapolated along x, their density set to `r = (<u_out> - <u_in>) / c_s`, with `< >` the mean
    over the edge. In an incompressible flow both means are equal and the pressure is the reference; a difference
    between them is a plane sound wave, and this `r` is that of a wave that only goes out (the characteristic
    condition of Poinsot & Lele 1992, doi 10.1016/0021-9991(92)90046-2); about 8 % of a pulse come back. Applied cell
    by cell it would resist the wake as well, and a steady state take ten times longer.
    """

    rank = 1
    sides: ClassVar[frozenset[str]] = frozenset({"right"})
    continuation: ClassVar[Continuation] = "open"

    def check(self, side: Side, dimensions: int) -> None:
        """Where it stands is all that counts."""

    def fill(self, lattice: Lattice, f: Populations, side: Side, incoming: Incoming) -> Populations:
        """Extrapolate and set the density."""
        layers = [side.inner(population) for population in f]
        surplus = interior(momentum(lattice, layers)[0] - incoming.inflow, lattice.dimensions)
        along = tuple(range(1 - lattice.dimensions, 0))
        outgoing = jnp.mean(surplus, axis=along, keepdims=True) / CS
        r = density(lattice, layers)
        out = list(f)
        for i in lattice.entering(side.axis, side.sign):
            out[i] = side.with_ghosts(f[i], layers[i] + lattice.weights[i] * (outgoing - r))
        return tuple(out)
