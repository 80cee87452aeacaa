"""Single-relaxation-time collision (Qian, d'Humieres & Lallemand 1992, doi 10.1209/0295-5075/17/6/001).

For comparison with other codes: walls move with viscosity, and the two-relaxation-time collision costs no more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from jaxtyping import Array

from emulax_lbm.collision.collision import Limits
from emulax_lbm.collision.two_rates import relax
from emulax_lbm.lattices import Lattice
from emulax_lbm.moments import Populations


@dataclass(frozen=True)
class BGK:
    """One relaxation time."""

    def rates(self, relaxation_time: Array) -> tuple[Array, Array]:
        """Relaxation rates of the even and of the odd part: the same."""
        return 1.0 / relaxation_time, 1.0 / relaxation_time

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
