"""Solid sides, at rest or sliding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from emulax_lbm.boundaries.edges.bounce import bounce
from emulax_lbm.boundaries.edges.edge import ANYWHERE, Continuation, Incoming
from emulax_lbm.boundaries.edges.side import Side
from emulax_lbm.checks import require_vector
from emulax_lbm.errors import CaseError
from emulax_lbm.lattices import Lattice
from emulax_lbm.moments import Populations


@dataclass(frozen=True)
class Wall:
    """No slip by half-way bounce-back.

    Args:
        velocity: Velocity of the wall in units of U, components x, y[, z]; none for a wall at rest. It can only move
            along itself.
    """

    velocity: tuple[float, ...] = ()

    sides: ClassVar[frozenset[str]] = ANYWHERE
    continuation: ClassVar[Continuation] = "mirror"
    clearance: ClassVar[int] = 0

    @property
    def rank(self) -> int:
        """Where two walls meet, the one at rest counts: a choice that does not depend on the axes."""
        return 4 if any(self.velocity) else 5

    def __post_init__(self) -> None:
        require_vector("wall.velocity", self.velocity, (2, 3))

    def check(self, side: Side, dimensions: int) -> None:
        """It must move along itself, with as many components as there are dimensions."""
        if not self.velocity:
            return
        if len(self.velocity) != dimensions:
            raise CaseError("edges", f"the {side.name} wall's velocity {self.velocity} needs {dimensions} components")
        if self.velocity[side.axis]:
            raise CaseError("edges", f"the {side.name} wall's velocity {self.velocity} leads through the wall")

    def fill(self, lattice: Lattice, f: Populations, side: Side, incoming: Incoming) -> Populations:
        """Bounce back."""
        scale = incoming.velocity_scale.reshape(-1, *[1] * (lattice.dimensions - 1))
        velocity = [component * scale for component in self.velocity or (0.0,) * lattice.dimensions]
        return bounce(lattice, f, side, velocity)
