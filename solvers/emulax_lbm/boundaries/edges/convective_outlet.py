"""Flow that leaves as it comes, vortices and their pressure included.

Density and velocity of the outermost layer N are carried out of the box at the mean velocity of the inflow,

    d phi / dt + U_c d phi / dx = 0,        phi*(N) = phi(N) - U_c [phi(N) - phi(N - 1)],        U_c = <u_in>

by one explicit upwind step (a radiation condition as in Orlanski 1976, doi 10.1016/0021-9991(76)90023-1, with the
velocity given). The populations that enter make up the equilibrium of `phi*`, and what is not in equilibrium is taken
from one layer further in, where everything that arrives in the step is known:

    f_i(N) = f_i^eq(r', u*) + [f_i - f_i^eq](N - 1)

Such a condition has no pressure of its own, which would drift. The mean of `r*` over the edge is therefore replaced by
the density of the outgoing plane wave (`outgoing.py`), the reference in an incompressible flow, and differences along
the edge are given up at the rate `kappa`:

    r' = r_out + (1 - kappa) (r* - <r*>)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from jaxtyping import Array

from emulax_lbm.boundaries.edges.edge import Continuation, Incoming
from emulax_lbm.boundaries.edges.outgoing import edge_mean, outgoing_density
from emulax_lbm.boundaries.edges.side import Side
from emulax_lbm.checks import require_between
from emulax_lbm.lattices import Lattice
from emulax_lbm.moments import Populations, density, equilibrium, momentum


@dataclass(frozen=True)
class ConvectiveOutlet:
    """Outflow that carries velocity and pressure out of the box, at the reference pressure in the mean over the edge.

    Vortices leave with less distortion than through a `PressureOutlet`; plane sound leaves equally well. Bodies must
    keep three cells away.

    Args:
        pressure_relaxation: Share of the pressure differences along the edge that is given up in a step, 0 to 1. Best
            is about 1.6 over the radius in cells of the vortices that leave; from 0.02 to 0.25 little depends on it.
    """

    pressure_relaxation: float = 0.1

    rank = 6
    sides: ClassVar[frozenset[str]] = frozenset({"right"})
    continuation: ClassVar[Continuation] = "open"
    clearance: ClassVar[int] = 3

    def __post_init__(self) -> None:
        require_between("pressure_relaxation", self.pressure_relaxation, 0, 1)

    def check(self, side: Side, dimensions: int) -> None:
        """Where it stands is all that counts."""

    def fill(self, lattice: Lattice, f: Populations, side: Side, incoming: Incoming) -> Populations:
        """Carry the outermost layer out, and send in what is not in equilibrium one layer further in."""
        outermost, next_one = ([side.inner(population, depth) for population in f] for depth in (0, 1))
        speed = edge_mean(lattice, incoming.inflow)
        before, behind = ([density(lattice, layer), *momentum(lattice, layer)] for layer in (outermost, next_one))
        r, *u = (phi - speed * (phi - inner) for phi, inner in zip(before, behind, strict=True))
        differences = (1.0 - self.pressure_relaxation) * (r - edge_mean(lattice, r))
        r = outgoing_density(lattice, outermost, incoming) + differences

        arrived = _arrived(lattice, f, side)
        rest = equilibrium(lattice, density(lattice, arrived), momentum(lattice, arrived))
        carried = equilibrium(lattice, r, u)
        out = list(f)
        for i in lattice.entering(side.axis, side.sign):
            value = carried[i] + (arrived[i] - rest[i])
            out[i] = side.with_ghosts(f[i], side.shifted(value, lattice.velocities[i]))
        return tuple(out)


def _arrived(lattice: Lattice, f: Populations, side: Side) -> list[Array]:
    """Populations in the second layer after streaming; the ghost cells beside it must have been filled."""
    return [
        side.shifted(side.inner(f[i], 1 - side.sign * c[side.axis]), lattice.velocities[lattice.opposite[i]])
        for i, c in enumerate(lattice.velocities)
    ]
