"""The plane sound wave that leaves through an outlet.

In a stream of velocity U the model carries sound downstream at the speed `c` that solves `c^2 = 2 U c + c_s^2`: the
density 1 stands in front of the velocity, and mass and momentum obey `r_t + u_x = 0`, `u_t + (u^2 + c_s^2 r)_x = 0`.

    c = U + sqrt(U^2 + c_s^2),        r = (<u_out> - U) / c,        U = <u_in>

with `< >` the mean over the edge. In an incompressible flow both means are equal; a difference between them is a plane
wave, and this `r` is that of a wave that only goes out (the characteristic condition of Poinsot & Lele 1992, doi
10.1016/0021-9991(92)90046-2).
"""

from __future__ import annotations

from collections.abc import Sequence

import jax.numpy as jnp
from jaxtyping import Array

from emulax_lbm.boundaries.edges.edge import Incoming
from emulax_lbm.boundaries.edges.side import interior
from emulax_lbm.lattices import Lattice
from emulax_lbm.lattices.lattice import CS2
from emulax_lbm.moments import momentum, ordered_sum


def outgoing_density(lattice: Lattice, layers: Sequence[Array], incoming: Incoming) -> Array:
    """Density deviation of the outgoing wave, one number per case shaped to go along with a layer of cells.

    Args:
        lattice: Velocity set.
        layers: Populations in the layer of cells along the outlet.
        incoming: What is known of each case.
    """
    surplus = edge_mean(lattice, momentum(lattice, layers)[0] - incoming.inflow)
    stream = edge_mean(lattice, incoming.inflow)
    return surplus / (stream + jnp.sqrt(stream * stream + CS2))


def edge_mean(lattice: Lattice, layer: Array) -> Array:
    """Mean over a layer of cells without its ghosts, shaped to go along with it."""
    across = lattice.dimensions - 1
    cells = interior(layer, lattice.dimensions).reshape(*layer.shape[:-across], -1)
    return (ordered_sum(cells) / cells.shape[-1])[(..., *[None] * across)]
