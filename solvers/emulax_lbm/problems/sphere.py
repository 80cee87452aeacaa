"""Steady flow past a sphere."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from emulax_lbm.boundaries import Edges, FreeSlip, PressureOutlet, VelocityInlet
from emulax_lbm.case import FlowCase
from emulax_lbm.problems.ball import ball

SPHERE_100_DRAG = 1.092
"""Drag coefficient at Reynolds number 100 by the correlation of Schiller & Naumann, 24 / Re (1 + 0.15 Re^0.687)."""


@dataclass(frozen=True)
class Sphere:
    """A quarter of a sphere in a quarter of a box with free-slip sides, cut along two planes of symmetry.

    The steady flow is axisymmetric up to a Reynolds number of 210 (Johnson & Patel 1999, doi
    10.1017/S0022112098003206), so that nothing is lost by the cuts. In the box of the defaults, 14 D wide and high, the
    sphere takes 0.4 % of the cross-section.

    Args:
        cells: Cells in the diameter D.
        reynolds: U D / nu.
        upstream: From the inlet to the centre, in D.
        downstream: From the centre to the outlet, in D.
        half_width: From the centre to the sides, in D.
    """

    cells: int
    reynolds: float = 100.0
    upstream: float = 7.0
    downstream: float = 14.0
    half_width: float = 7.0

    @property
    def case(self) -> FlowCase:
        """The case; the flow is fastest beside the sphere, where it has 1.2 U."""
        slip = FreeSlip()
        return FlowCase(
            ball(self._shape, (self.upstream, 0.0, 0.0), self.cells),
            self.reynolds,
            self.cells,
            edges=Edges(VelocityInlet(), PressureOutlet(), slip, slip, slip, slip),
            lattice_velocity=0.15,
        )

    def potential_flow(self) -> tuple[Float[np.ndarray, "1 z y x 3"], Float[np.ndarray, "1 z y x"]]:
        """Velocity and pressure without viscosity in an infinite stream, in float32: a start without much sound.

            phi = U x (1 + D^3 / (16 r^3))

        with `r` from the centre. A stream that meets the sphere at once would make sound, for which the sides and the
        inlet are mirrors.
        """
        x, y, z = np.ix_(*[(np.arange(cells) + 0.5) / self.cells for cells in self._shape[::-1]])
        x = x - self.upstream
        x, y, z = (values.astype(np.float32).T for values in (x, y, z))
        r = np.sqrt(np.maximum(x**2 + y**2 + z**2, 0.25))
        dipole = 1.0 / (16.0 * r**3)
        along = -3.0 * dipole * x / r**2
        velocity = np.stack([1.0 + dipole + along * x, along * y, along * z], axis=-1)
        return velocity[None], 0.5 * (1.0 - np.sum(velocity**2, axis=-1))[None]

    @staticmethod
    def drag(quarter: float) -> float:
        """Drag coefficient on the frontal area of the sphere from that of its quarter on the area D^2."""
        return quarter * 4.0 / (0.25 * math.pi)

    @property
    def _shape(self) -> tuple[int, int, int]:
        across = round(self.half_width * self.cells)
        return across, across, round((self.upstream + self.downstream) * self.cells)
