"""The Taylor-Green vortex in three dimensions (Taylor & Green 1937, doi 10.1098/rspa.1937.0036)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from jaxtyping import Float

from emulax_lbm.case import PERIODIC, FlowCase, open_box
from emulax_lbm.lattices import D3Q19, Lattice
from emulax_lbm.problems.spectral import SpectralFlow


@dataclass(frozen=True)
class TaylorGreen3D:
    """The vortex in the periodic box of side L = 1 (the reference length), `k = 2 pi`.

        u = sin(kx) cos(ky) cos(kz),  v = -cos(kx) sin(ky) cos(kz),  w = 0
        p = (cos 2kx + cos 2ky) (cos 2kz + 2) / 16

    at the start. It has no closed solution; `velocity` takes it from a spectral solver, whose error at these Reynolds
    numbers and times is far below any lattice's.

    Args:
        reynolds: U L / nu; 2 pi times the one that is formed with 1 / k.
        modes: Points each way of the spectral solver.
        time_step: Its time step, in L / U.
    """

    reynolds: float = 100.0
    modes: int = 40
    time_step: float = 0.005

    def case(self, cells: int, *, lattice_velocity: float, lattice: Lattice = D3Q19) -> FlowCase:
        """The case on `cells` each way, in float64."""
        return FlowCase(
            open_box((cells, cells, cells)),
            self.reynolds,
            cells,
            edges=PERIODIC,
            lattice=lattice,
            lattice_velocity=lattice_velocity,
            precision="float64",
        )

    def initial_velocity(self, cells: int) -> Float[np.ndarray, "z y x 3"]:
        """Velocity at the cell centres at the start."""
        z, y, x = _centres(cells)
        u = np.sin(x) * np.cos(y) * np.cos(z)
        v = -np.cos(x) * np.sin(y) * np.cos(z)
        return np.stack([u, v, np.zeros_like(u)], axis=-1)

    def initial_pressure(self, cells: int) -> Float[np.ndarray, "z y x"]:
        """Pressure at the cell centres at the start: what keeps the velocity free of divergence."""
        z, y, x = _centres(cells)
        return (np.cos(2.0 * x) + np.cos(2.0 * y)) * (np.cos(2.0 * z) + 2.0) / 16.0

    def velocity(self, cells: int, time: float) -> Float[np.ndarray, "z y x 3"]:
        """Velocity at the cell centres at `time` (in L / U)."""
        return _solved(self, time).at_centres(cells)


@lru_cache(maxsize=8)
def _solved(problem: TaylorGreen3D, time: float) -> SpectralFlow:
    start = SpectralFlow.from_centres(problem.initial_velocity(problem.modes))
    return start.advanced(time, reynolds=problem.reynolds, time_step=problem.time_step)


def _centres(cells: int) -> list[np.ndarray]:
    phase = 2.0 * math.pi * (np.arange(cells) + 0.5) / cells
    return list(np.meshgrid(phase, phase, phase, indexing="ij"))
