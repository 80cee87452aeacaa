"""Large-eddy simulation by Smagorinsky's eddy viscosity (Hou, Sterling, Chen & Doolen 1996, arXiv comp-gas/9401004).

    nu_t = (C Delta)^2 |S|,        |S| = sqrt(2 S_ab S_ab),        Delta = one cell

The strain rate S comes from the non-equilibrium stress of the cell itself, `P = -2/3 tau S`, with the relaxation time
`tau = tau_0 + 3 nu_t` that is looked for. This is a quadratic equation for it with the solution

    tau = 1/2 [ tau_0 + sqrt(tau_0^2 + 18 C^2 sqrt(2 P_ab P_ab)) ]

Only the deviator of P enters: its trace is sound, not shear, and relaxes in its own time in some collisions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import jax.numpy as jnp
from jaxtyping import Array

from emulax_lbm.checks import require_kind, require_positive
from emulax_lbm.collision.bgk import BGK
from emulax_lbm.collision.collision import Collision, Limits
from emulax_lbm.collision.stress import Stress, deviator, nonequilibrium_stress
from emulax_lbm.collision.trt import TRT
from emulax_lbm.errors import CaseError
from emulax_lbm.lattices import Lattice
from emulax_lbm.moments import Populations, velocity

LEAST_CONSTANT = 0.1
"""From which on the eddies' viscosity keeps flows bounded that are not resolved."""


@dataclass(frozen=True)
class Smagorinsky:
    """Any collision, with the viscosity of the eddies that the grid does not resolve.

    Args:
        base: How populations relax, given the relaxation time of each cell.
        constant: Smagorinsky's constant C: 0.17 in isotropic turbulence, 0.1 in a channel.
    """

    base: Collision = TRT()  # noqa: RUF009 - frozen
    constant: float = 0.17

    def __post_init__(self) -> None:
        require_kind("base", self.base, Collision, "a collision, such as TRT()")
        if isinstance(self.base, Smagorinsky):
            raise CaseError("base", "is Smagorinsky itself, must be another collision")
        require_positive("constant", self.constant)

    @property
    def limits(self) -> Limits:
        """See `Collision.limits`: those of the base, unless the eddies' viscosity is enough; for BGK it barely is."""
        alone = self.base.limits
        if self.constant < LEAST_CONSTANT:
            return alone
        least = alone.relaxation_time if isinstance(self.base, BGK) else min(alone.relaxation_time, 0.5005)
        return Limits(least, unresolved=True)

    def check(self, lattice: Lattice) -> None:
        """See `Collision.check`."""
        self.base.check(lattice)

    def collide(
        self, lattice: Lattice, f: Sequence[Array], relaxation_time: Array, force: Sequence[Array] | None = None
    ) -> Populations:
        """See `Collision.collide`."""
        stress = deviator(nonequilibrium_stress(lattice, f, velocity(lattice, f, force), force))
        local = 0.5 * (relaxation_time + jnp.sqrt(relaxation_time**2 + 18.0 * self.constant**2 * _magnitude(stress)))
        return self.base.collide(lattice, f, local, force)


def _magnitude(stress: Stress) -> Array:
    """`sqrt(2 P_ab P_ab)`, with the derivative zero instead of infinite where there is no stress."""
    squares = sum((2.0 if a == b else 4.0) * component * component for (a, b), component in sorted(stress.items()))
    none = squares == 0.0
    return jnp.where(none, 0.0, jnp.sqrt(jnp.where(none, 1.0, squares)))
