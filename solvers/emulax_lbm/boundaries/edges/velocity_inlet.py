"""Flow that enters at a known velocity.

The ghost cells continue the flow beyond the plane of the inlet, half a cell outside the outermost cell centres: the
velocity goes on linearly through the inflow on the plane, the stress as it is in the cell beside,

    u_g = 2 u_in - u,        f_i = f_i^eq(r_g, u_g) + [f_i - f_i^eq]^+

with `+` the even part of what is not in equilibrium there. The density is the one with which just the inflow enters,

    sum_{c_x = 1} f_i(ghost) = u_in + sum_{c_x = -1} f_i(cell)

This is the regularised condition of Latt, Chopard, Malaspinas, Deville & Michler 2008 (doi 10.1103/PhysRevE.77.056703),
populations made from velocity, density and stress, half-way between two cells instead of on one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from emulax_lbm.boundaries.edges.edge import Continuation, Incoming
from emulax_lbm.boundaries.edges.side import Side
from emulax_lbm.lattices import Lattice
from emulax_lbm.moments import Populations, density, equilibrium, momentum


@dataclass(frozen=True)
class VelocityInlet:
    """Flow entering with the case's inflow, of any profile; sound is thrown back."""

    rank = 1
    sides: ClassVar[frozenset[str]] = frozenset({"left"})
    continuation: ClassVar[Continuation] = "open"

    def check(self, side: Side, dimensions: int) -> None:
        """Where it stands is all that counts."""

    def fill(self, lattice: Lattice, f: Populations, side: Side, incoming: Incoming) -> Populations:
        """Continue the flow through the inflow's velocity."""
        layer = [side.inner(population) for population in f]
        r, u = density(lattice, layer), momentum(lattice, layer)
        beyond = (2.0 * incoming.inflow - u[0], *(-component for component in u[1:]))
        here, there = equilibrium(lattice, r, u), equilibrium(lattice, r, beyond)
        entering = lattice.entering(side.axis, side.sign)
        enters = {}
        for i in entering:
            j = lattice.opposite[i]
            enters[i] = there[i] + 0.5 * ((layer[i] - here[i]) + (layer[j] - here[j]))
        missing = incoming.inflow + sum(layer[lattice.opposite[i]] - enters[i] for i in entering)
        share = 1.0 / sum(lattice.weights[i] for i in entering)
        out = list(f)
        for i in entering:
            out[i] = side.with_ghosts(f[i], enters[i] + lattice.weights[i] * share * missing)
        return tuple(out)
