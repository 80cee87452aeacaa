"""The decaying Taylor-Green vortex in two dimensions (Taylor & Green 1937, doi 10.1098/rspa.1937.0036)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from emulax_lbm.case import PERIODIC, FlowCase, open_box


@dataclass(frozen=True)
class TaylorGreen:
    """An exact solution in the periodic box of side L = 1 (the reference length), `k = 2 pi`.

        u = -cos(kx) sin(ky) d,  v = sin(kx) cos(ky) d,  p = -(cos 2kx + cos 2ky) d^2 / 4,  d = exp(-2 k^2 t / Re)

    Args:
        reynolds: U L / nu.
    """

    reynolds: float = 100.0

    def case(self, cells: int, *, lattice_velocity: float) -> FlowCase:
        """The case on `cells` by `cells`, in float64."""
        return FlowCase(
            open_box((cells, cells)),
            self.reynolds,
            cells,
            edges=PERIODIC,
            lattice_velocity=lattice_velocity,
            precision="float64",
        )

    def velocity(self, cells: int, time: float) -> Float[np.ndarray, "y x 2"]:
        """Velocity at the cell centres at `time` (in L / U)."""
        x, y, decay = self._grid(cells, time)
        return decay * np.stack([-np.cos(x) * np.sin(y), np.sin(x) * np.cos(y)], axis=-1)

    def pressure(self, cells: int, time: float) -> Float[np.ndarray, "y x"]:
        """Pressure at the cell centres."""
        x, y, decay = self._grid(cells, time)
        return -0.25 * decay**2 * (np.cos(2.0 * x) + np.cos(2.0 * y))

    def _grid(self, cells: int, time: float) -> tuple[np.ndarray, np.ndarray, float]:
        phase = 2.0 * math.pi * (np.arange(cells) + 0.5) / cells
        x, y = np.meshgrid(phase, phase)
        return x, y, math.exp(-8.0 * math.pi**2 * time / self.reynolds)


def observed_order(cells: Sequence[int], errors: Sequence[float]) -> float:
    """Order of convergence: minus the slope of log error over log cells, by least squares."""
    return -float(np.polyfit(np.log(cells), np.log(errors), 1)[0])
