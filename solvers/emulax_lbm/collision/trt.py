"""Two-relaxation-time collision (Ginzburg, Verhaeghe & d'Humieres 2008, Commun. Comput. Phys. 3, 427).

The even part of the populations relaxes with the time `tau` that sets the viscosity `nu = (tau - 1/2) / 3`, the odd
part with the time that keeps the magic parameter `(tau - 1/2)(tau_odd - 1/2)` constant, so that the position of a
wall does not depend on viscosity. 3/16 puts a half-way wall of an axis-aligned Poiseuille flow exactly half-way; 1/4
is the most stable.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from jaxtyping import Array

from emulax_lbm.checks import require_positive
from emulax_lbm.collision.collision import Limits
from emulax_lbm.collision.two_rates import relax
from emulax_lbm.lattices import Lattice
from emulax_lbm.moments import Populations


@dataclass(frozen=True)
class TRT:
    """Two relaxation times.

    Args:
        magic: Magic parameter.
    """

    magic: float = 3.0 / 16.0

    def __post_init__(self) -> None:
        require_positive("magic", self.magic)

    def rates(self, relaxation_time: Array) -> tuple[Array, Array]:
        """Relaxation rates of the even and of the odd part."""
        return 1.0 / relaxation_time, 1.0 / (self.magic / (relaxation_time - 0.5) + 0.5)

    @property
    def limits(self) -> Limits:
        """See `Collision.limits`."""
        return Limits(0.505, unresolved=False)

    def check(self, lattice: Lattice) -> None:
        """See `Collision.check`."""

    def collide(
        self, lattice: Lattice, f: Sequence[Array], relaxation_time: Array, force: Sequence[Array] | None = None
    ) -> Populations:
        """See `Collision.collide`."""
        return relax(lattice, f, *self.rates(relaxation_time), force)
