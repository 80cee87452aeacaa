"""Half-way bounce-back at a plane with a velocity (Ladd 1994, doi 10.1017/S0022112094001771)."""

from __future__ import annotations

from collections.abc import Sequence

from jaxtyping import Array

from emulax_lbm.boundaries.edges.side import Side
from emulax_lbm.lattices import Lattice
from emulax_lbm.moments import Populations


def bounce(lattice: Lattice, f: Populations, side: Side, velocity: Sequence[Array | float]) -> Populations:
    """Return what left, reversed, with the momentum `6 w_i c_i.u` of the plane's velocity (components x, y[, z])."""
    out = list(f)
    for i in lattice.entering(side.axis, side.sign):
        c = lattice.velocities[i]
        push = sum(component * v for component, v in zip(c, velocity, strict=True) if component)
        reflected = side.inner(f[lattice.opposite[i]]) + 6.0 * lattice.weights[i] * push
        out[i] = side.with_ghosts(f[i], side.shifted(reflected, c))
    return tuple(out)
