"""Recursive-regularised collision (Malaspinas 2015, arXiv 1505.06900).

Only the viscous stress of the populations is kept; the rest of what is not in equilibrium is made anew from it, and
so the modes that do not belong to the flow ("ghosts") are gone after every step. In Hermite coefficients (`hermite.py`)

    a_I' = e_I + (1 - 1 / tau) n_I + 1/2 g_I

    e_I = u_p e_R,    g_I = u_p g_R + F_p e_R,    n_I = u_p n_R + sum_q P_pq e_(R without q)

with `p` the first axis of `I`, `R` the others, `q` running over `R`, `P` the non-equilibrium stress and `F` the force:
equilibrium is the product of velocities, and the two others are what it changes by to first order in the force and in
the stress. To third order on D3Q19, in full on D2Q9 and D3Q27 (Coreixas, Wissocq, Puigt, Boussuge & Sagaut 2017,
doi 10.1103/PhysRevE.96.033306). Because the third order is right, viscosity does not depend on the mean velocity as
it does with a second-order equilibrium. The second order of the force is Guo's; the force goes through all orders.

As in `moments.py` the density 1 stands in front of the velocities. A half-way wall moves with viscosity.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import jax.numpy as jnp
from jaxtyping import Array

from emulax_lbm.collision.collision import Limits
from emulax_lbm.collision.hermite import Axes, indices, populations
from emulax_lbm.collision.stress import nonequilibrium_stress
from emulax_lbm.lattices import Lattice
from emulax_lbm.moments import Populations, density, velocity


@dataclass(frozen=True)
class Regularised:
    """One relaxation time, for the stress; everything else is rebuilt."""

    @property
    def limits(self) -> Limits:
        """See `Collision.limits`."""
        return Limits(0.505, unresolved=True)

    def check(self, lattice: Lattice) -> None:
        """See `Collision.check`."""

    def collide(
        self, lattice: Lattice, f: Sequence[Array], relaxation_time: Array, force: Sequence[Array] | None = None
    ) -> Populations:
        """See `Collision.collide`."""
        u = velocity(lattice, f, force)
        kept = 1.0 - 1.0 / relaxation_time
        stress = {axes: kept * p for axes, p in nonequilibrium_stress(lattice, f, u, force).items()}

        equilibrium: dict[Axes, Array] = {(): jnp.ones_like(u[0])}
        change: dict[Axes, Array] = {(): jnp.zeros_like(u[0])}
        for axes in indices(lattice)[1:]:
            p, others = axes[0], axes[1:]
            equilibrium[axes] = u[p] * equilibrium[others]
            change[axes] = u[p] * change[others]
            if force is not None:
                change[axes] = change[axes] + 0.5 * force[p] * equilibrium[others]
            for k, q in enumerate(others):
                change[axes] = change[axes] + stress[p, q] * equilibrium[others[:k] + others[k + 1 :]]
        after = {axes: equilibrium[axes] + change[axes] for axes in indices(lattice)[1:]}
        return populations(lattice, f, {(): density(lattice, f), **after})
