"""What a velocity set is."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

CS2 = 1.0 / 3.0
CS = math.sqrt(CS2)


@dataclass(frozen=True)
class Lattice:
    """A discrete velocity set with speed of sound squared 1/3.

    Args:
        name: `D2Q9` and so on.
        velocities: One tuple of integer components `(x, y[, z])` per population, the rest population first.
        weights: One weight per population; they sum to one.
    """

    name: str
    velocities: tuple[tuple[int, ...], ...]
    weights: tuple[float, ...]

    @property
    def dimensions(self) -> int:
        """Number of space dimensions."""
        return len(self.velocities[0])

    @property
    def size(self) -> int:
        """Number of populations."""
        return len(self.velocities)

    @cached_property
    def opposite(self) -> tuple[int, ...]:
        """Index of the population with the reversed velocity."""
        return tuple(self.velocities.index(tuple(-c for c in v)) for v in self.velocities)

    @cached_property
    def pairs(self) -> tuple[tuple[int, int], ...]:
        """Every pair of opposite populations once, without the rest population."""
        return tuple((i, j) for i, j in enumerate(self.opposite) if i < j)

    def steps(self, population: int) -> int:
        """Number of axes along which a population moves."""
        return sum(map(abs, self.velocities[population]))

    def mirrored(self, axis: int) -> tuple[int, ...]:
        """Index of the population with component `axis` of its velocity reversed."""
        return tuple(
            self.velocities.index(tuple(-c if a == axis else c for a, c in enumerate(v))) for v in self.velocities
        )

    def entering(self, axis: int, sign: int) -> tuple[int, ...]:
        """Indices of the populations whose velocity component `axis` has this `sign`."""
        return tuple(i for i, v in enumerate(self.velocities) if v[axis] == sign)
