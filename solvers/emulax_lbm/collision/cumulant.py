"""Cumulant collision (Geier, Schoenherr, Pasquali & Krafczyk 2015, doi 10.1016/j.camwa.2015.05.001).

Cumulants are what is independent in the moments of the populations: they do not change with the frame of reference,
and all but the first two orders vanish in equilibrium. Those of the second order relax, the deviator with the time
that sets the viscosity and the trace at once, which damps sound; those of higher order are zero after every step (all
rates but the first one, the paper's simplest choice). Populations whose cumulants end at the second order have the
moments of a Gaussian, so that the Hermite coefficients (`hermite.py`) after collision follow from one recursion,

    a_I = m_p a_R + sum_q C_pq a_(R without q),        m = u + F / 2,        C = (1 - 1 / tau) dev(P) - F F / 4

with `p` the first axis of `I`, `R` the others, `q` running over `R`, `P` the non-equilibrium stress and `F` the force;
`m` is the velocity after collision and `C` what it takes for the second moments of Guo's scheme. The recursive-
regularised collision keeps the terms up to the first order in `C`, and lets the trace relax with the deviator.

As in `moments.py` the density 1 stands in front of the velocities and pressure is a moment of its own: cumulants are
those of the populations without it. The paper's correction of the third-order aliasing of a compressible flow is not
made. A half-way wall moves with viscosity. It needs all velocities with components -1, 0 and 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import jax.numpy as jnp
from jaxtyping import Array

from emulax_lbm.collision.collision import Limits
from emulax_lbm.collision.hermite import Axes, indices, is_product, populations
from emulax_lbm.collision.stress import deviator, nonequilibrium_stress
from emulax_lbm.errors import CaseError
from emulax_lbm.lattices import Lattice
from emulax_lbm.moments import Populations, density, half_pushed, velocity


@dataclass(frozen=True)
class Cumulant:
    """One relaxation time, for the deviator of the second cumulants; on D2Q9 and D3Q27."""

    @property
    def limits(self) -> Limits:
        """See `Collision.limits`."""
        return Limits(0.5001, unresolved=True)

    def check(self, lattice: Lattice) -> None:
        """See `Collision.check`."""
        if not is_product(lattice):
            raise CaseError("lattice", f"is {lattice.name}, but the collision Cumulant needs D2Q9 or D3Q27")

    def collide(
        self, lattice: Lattice, f: Sequence[Array], relaxation_time: Array, force: Sequence[Array] | None = None
    ) -> Populations:
        """See `Collision.collide`."""
        u = velocity(lattice, f, force)
        kept = 1.0 - 1.0 / relaxation_time
        covariance = {axes: kept * p for axes, p in deviator(nonequilibrium_stress(lattice, f, u, force)).items()}
        u = half_pushed(u, force)
        if force is not None:
            covariance = {(a, b): c - 0.25 * force[a] * force[b] for (a, b), c in covariance.items()}

        after: dict[Axes, Array] = {(): jnp.ones_like(u[0])}
        for axes in indices(lattice)[1:]:
            p, others = axes[0], axes[1:]
            after[axes] = u[p] * after[others]
            for k, q in enumerate(others):
                after[axes] = after[axes] + covariance[p, q] * after[others[:k] + others[k + 1 :]]
        return populations(lattice, f, {**after, (): density(lattice, f)})
