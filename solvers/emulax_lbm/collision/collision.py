"""What a collision is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol, runtime_checkable

from jaxtyping import Array

from emulax_lbm.lattices import Lattice
from emulax_lbm.moments import Populations


class Limits(NamedTuple):
    """Where flows stay bounded.

    Attributes:
        relaxation_time: From this one on, in steps.
        unresolved: Whether also on cells that do not resolve the flow, since what they do not is modelled or damped.
    """

    relaxation_time: float
    unresolved: bool


@runtime_checkable
class Collision(Protocol):
    """A frozen description of how populations relax; its fields are compiled in."""

    @property
    def limits(self) -> Limits:
        """What it can carry, as measured, with a margin."""
        ...

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
