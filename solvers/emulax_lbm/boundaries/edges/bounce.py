"""Half-way bounce-back at a plane with a velocity (Ladd 1994, doi 10.1017/S0022112094001771)."""

from __future__ import annotations

from collections.abc import Sequence

from jaxtyping import Array

from emulax_lbm.boundaries.edges.side import Side
from emulax_lbm.lattices import Lattice
from emulax_lbm.moments import Populations, project


def bounce(lattice: Lattice, f: Populations, side: Side, velocity: Sequence[Array]) -> Populations:
    """Return what left, reversed, with the momentum `6 w_i c_i.u` of the plane's velocity.

    A population that moves at an angle meets the plane half-way between two cells, and takes the mean of their
    velocities: with that of one of them, a velocity that varies along the plane would drag the fluid along it.

    Args:
        lattice: Velocity set.
        f: Populations after collision, with ghost cells.
        side: Where the plane is.
        velocity: Components x, y[, z] in lattice units, broadcastable to the layer of cells.
    """
    out = list(f)
    for i in lattice.entering(side.axis, side.sign):
        c = lattice.velocities[i]
        speed = project(c, velocity)
        push = 3.0 * lattice.weights[i] * (speed + side.shifted(speed, c))
        out[i] = side.with_ghosts(f[i], side.shifted(side.inner(f[lattice.opposite[i]]), c) + push)
    return tuple(out)
