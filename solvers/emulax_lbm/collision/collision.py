"""What a collision is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from jaxtyping import Array

from emulax_lbm.lattices import Lattice
from emulax_lbm.moments import Populations


@runtime_checkable
class Collision(Protocol):
    """A frozen description of how populations relax; its fields are compiled in."""

    def check(self, lattice: Lattice) -> None:
        """Say whether this collision can be had on a lattice.

        Raises:
            CaseError: It cannot.
        """
        ...

    def collide(
        self, lattice: Lattice, f: Sequence[Array], relaxation_time: Array, force: Sequence[Array] | None = None
    ) -> Populations:
        """One collision.

        Args:
            lattice: Velocity set.
            f: Populations after streaming, deviation form.
            relaxation_time: `tau = 3 nu + 1/2` in steps, broadcastable to the field.
            force: Body force per volume in lattice units, one array per dimension, broadcastable to the field.

        Returns:
            Populations after collision.
        """
        ...
