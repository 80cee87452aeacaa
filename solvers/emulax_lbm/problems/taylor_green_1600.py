"""The Taylor-Green vortex at Reynolds number 1600, which breaks down into turbulence.

Reference length is `1 / k`: the box is 2 pi long, and the vortex of `taylor_green_3d.py` fills it at the start.
Its planes of symmetry stay such, also in turbulence (Brachet et al. 1983, doi 10.1017/S0022112083001159): an eighth of
the box, pi long, between free-slip sides holds the whole flow.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from emulax_lbm.boundaries import Edges, FreeSlip
from emulax_lbm.case import FlowCase, open_box
from emulax_lbm.collision import Collision, Cumulant
from emulax_lbm.lattices import D3Q27, Lattice
from emulax_lbm.moments import ordered_sum
from emulax_lbm.problems.cavity import maximum
from emulax_lbm.run import Run


@dataclass(frozen=True)
class DissipationPeak:
    """The largest rate at which the kinetic energy falls, and when; in units of the start."""

    rate: float
    time: float


TAYLOR_GREEN_1600 = DissipationPeak(0.012858, 8.97)
"""By a Fourier method on 512^3 points (van Rees, Leonard, Pullin & Koumoutsakos 2011, doi 10.1016/j.jcp.2010.11.031);
the digits are those of the table for case C3.5 of the workshops on high-order methods."""


def taylor_green_octant(
    cells: int,
    *,
    reynolds: float = 1600.0,
    lattice: Lattice = D3Q27,
    collision: Collision = Cumulant(),  # noqa: B008 - frozen
) -> FlowCase:
    """An eighth of the box.

    Args:
        cells: Cells along a side of the eighth; half of those of the box.
        reynolds: `U / (k nu)`.
        lattice: Velocity set.
        collision: How populations relax.
        precision: `float32` or `float64`.
    """
    return FlowCase(
        open_box((cells, cells, cells)),
        reynolds,
        cells / math.pi,
        edges=Edges(*[FreeSlip()] * 6),
        lattice_velocity=0.1,
        lattice=lattice,
        collision=collision,
    )


def taylor_green_start(cells: int) -> tuple[Float[np.ndarray, "1 z y x 3"], Float[np.ndarray, "1 z y x"]]:
    """Velocity and pressure of the eighth at the start, for `Run`, in float32."""
    phase = (math.pi * (np.arange(cells) + 0.5) / cells).astype(np.float32)
    z, y, x = np.ix_(phase, phase, phase)
    velocity = np.zeros((1, cells, cells, cells, 3), np.float32)
    velocity[0, ..., 0] = np.sin(x) * np.cos(y) * np.cos(z)
    velocity[0, ..., 1] = -np.cos(x) * np.sin(y) * np.cos(z)
    return velocity, ((np.cos(2 * x) + np.cos(2 * y)) * (np.cos(2 * z) + 2) / 16)[None]


@dataclass(frozen=True, eq=False)
class EnergyDecay:
    """Kinetic energy per mass, `<u.u> / 2`, as it falls.

    Attributes:
        time: When it was looked at, at equal distances.
        energy: What it was.
    """

    time: Float[np.ndarray, " n"]
    energy: Float[np.ndarray, " n"]

    @property
    def dissipation(self) -> Float[np.ndarray, " intervals"]:
        """Mean rate at which it falls from each time to the next."""
        return -np.diff(self.energy) / np.diff(self.time)

    @property
    def peak(self) -> DissipationPeak:
        """The largest rate, between the times by a polynomial."""
        rate = self.dissipation
        middle = int(np.argmax(rate))
        return DissipationPeak(maximum(rate), float(0.5 * (self.time[middle] + self.time[middle + 1])))


def energy_decay(run: Run, *, until: float, every: float) -> EnergyDecay:
    """Advance the one case of a run until the time `until`, looking at the energy after every `every`."""
    (case,) = run.cases
    steps = max(1, round(every * case.cells_per_length / case.velocity_scale))
    looks = math.ceil((until - run.time) / (steps * case.velocity_scale / case.cells_per_length))
    time, energy = [run.time], [kinetic_energy(run.velocity()[0])]
    for _ in range(looks):
        run.advance(steps)
        time.append(run.time)
        energy.append(kinetic_energy(run.velocity()[0]))
    return EnergyDecay(np.array(time), np.array(energy))


def kinetic_energy(velocity: Float[Array, "z y x 3"]) -> float:
    """Mean over the cells of half the square of the velocity."""
    return float(_sum_of_squares(velocity)) / (2.0 * velocity[..., 0].size)


@jax.jit
def _sum_of_squares(velocity: Float[Array, "z y x 3"]) -> Float[Array, ""]:
    return ordered_sum(jnp.sum(velocity**2, axis=-1).reshape(-1))
