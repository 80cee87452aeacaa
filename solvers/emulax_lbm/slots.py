"""Which case sits in which slot of a batch, and how far it is."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

EMPTY = -1
SHRINK = 4  # each size is compiled once: shrink rarely


@dataclass
class Slots:
    """The occupants of a batch.

    Attributes:
        occupant: Index of the case in each slot, or `EMPTY`.
        steps: Steps it has taken.
        drag: Drag when it was last looked at, lattice units.
    """

    occupant: list[int]
    steps: Int[np.ndarray, " slot"]
    drag: Float[np.ndarray, " slot"]

    @classmethod
    def first(cls, count: int) -> Slots:
        """The first `count` cases, not yet started."""
        return cls(list(range(count)), np.zeros(count, int), np.full(count, np.nan))

    @property
    def occupied(self) -> int:
        """Number of slots in use."""
        return sum(index != EMPTY for index in self.occupant)

    def occupy(self, slot: int, index: int) -> None:
        """Put a case that has not started into a slot."""
        self.occupant[slot], self.steps[slot], self.drag[slot] = index, 0, np.nan

    @np.errstate(invalid="ignore", over="ignore")  # of cases that diverge
    def judge(
        self,
        residual: Float[np.ndarray, " slot"],
        drag: Float[np.ndarray, " slot"] | None,
        *,
        steps: int,
        tolerance: float,
        force_tolerance: float,
        last_step: float,
        earliest: Float[np.ndarray, " slot"],
    ) -> tuple[Bool[np.ndarray, " slot"], Bool[np.ndarray, " slot"]]:
        """Which slots are steady, and which cases have ended: steady, diverged or out of time.

        Args:
            residual: Relative change of the velocity since the last look.
            drag: Drag now; None without walls inside.
            steps: Steps taken since the last look.
            tolerance: Largest residual of a steady flow.
            force_tolerance: Largest relative change of its drag.
            last_step: When to give up.
            earliest: Steps after which a flow that does not change is steady; before, its inflow may only pause.
        """
        steady = (residual < tolerance) & (self.steps >= earliest)
        self.steps += steps
        if drag is not None:
            steady &= np.abs(drag - self.drag) <= force_tolerance * np.abs(drag)
            self.drag = np.array(drag)
        ended = steady | ~np.isfinite(residual) | (self.steps >= last_step)
        return steady, ended & (np.array(self.occupant) != EMPTY)

    def shrink(self) -> Int[np.ndarray, " slot"]:
        """Keep the slots in use, rounded up to a power of the shrink factor; returns which."""
        size = SHRINK ** math.ceil(math.log(self.occupied, SHRINK))
        keep = np.argsort(np.array(self.occupant) == EMPTY, kind="stable")[:size]
        self.occupant = [self.occupant[slot] for slot in keep]
        self.steps, self.drag = self.steps[keep], self.drag[keep]
        return keep
