"""Turbulent flow between parallel walls (Kim, Moin & Moser 1987, doi 10.1017/S0022112087000892).

The reference length is h, half the distance of the walls, the velocity unit the friction velocity `u_tau`: the flow is
driven by the body force `u_tau^2 / h`, and the Reynolds number `u_tau h / nu` is h in wall units. In the mean the shear
stress at the walls balances the force.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from emulax_lbm.boundaries import Edges, Periodic, Wall
from emulax_lbm.case import FlowCase, open_box
from emulax_lbm.collision import Collision, Cumulant
from emulax_lbm.lattices import D3Q27, Lattice


@dataclass(frozen=True)
class ChannelReference:
    """Statistics in wall units.

    Attributes:
        reynolds: Friction Reynolds number.
        centre_velocity: Mean velocity in the middle.
        u_rms_peak: Largest root mean square of the streamwise fluctuation.
    """

    reynolds: float
    centre_velocity: float
    u_rms_peak: float


CHANNEL_180 = ChannelReference(186.34, 18.28, 2.659)
"""Nominal Reynolds number 180 in del Alamo & Jimenez 2003, doi 10.1063/1.1570830."""

FRICTION_VELOCITY = 0.0082
"""In lattice units: the velocity in the middle is then 0.15."""


def channel(
    half_height: int,
    *,
    reynolds: float = CHANNEL_180.reynolds,
    length: float = 4.0 * math.pi,
    width: float = 4.0 * math.pi / 3.0,
    lattice: Lattice = D3Q27,
    collision: Collision = Cumulant(),  # noqa: B008 - frozen
) -> FlowCase:
    """The channel between half-way walls, periodic along x and z.

    Args:
        half_height: Cells in h.
        reynolds: Friction Reynolds number.
        length: Of the box, in h, rounded to cells.
        width: The same across the stream.
        lattice: Velocity set.
        collision: How populations relax.
    """
    shape = (round(width * half_height), 2 * half_height, round(length * half_height))
    return FlowCase(
        open_box(shape),
        reynolds,
        half_height,
        edges=Edges(left=Periodic(), right=Periodic(), bottom=Wall(), top=Wall()),
        lattice_velocity=FRICTION_VELOCITY,
        lattice=lattice,
        collision=collision,
        body_force=(1.0, 0.0, 0.0),
    )


def turbulent_profile(case: FlowCase) -> Float[np.ndarray, " y"]:
    """Mean velocity at the cell centres by Reichardt's law, in `u_tau`."""
    return reichardt(case.reynolds * _wall_distance(case))


def reichardt(y_plus: Float[np.ndarray, "..."]) -> Float[np.ndarray, "..."]:
    """Mean velocity near a wall, in `u_tau`, by Reichardt 1951, doi 10.1002/zamm.19510310704.

    Args:
        y_plus: Distance from the wall in `nu / u_tau`.
    """
    buffer_layer = 7.8 * (1.0 - np.exp(-y_plus / 11.0) - y_plus / 11.0 * np.exp(-y_plus / 3.0))
    return np.log1p(0.41 * y_plus) / 0.41 + buffer_layer


def disturbed(case: FlowCase, *, size: float = 2.0, seed: int = 180) -> Float[np.ndarray, "1 z y x 3"]:
    """The turbulent profile with a disturbance that wakes turbulence: a start for `Run`, in float32.

    The disturbance is the curl of a vector potential `(a, 0, c)` of random waves along the walls times `g(y)`, which
    vanishes at the walls with its slope. It is free of divergence and adheres to the walls.

    Args:
        case: The channel.
        size: Root mean square of the disturbance in `u_tau`.
        seed: Of the random numbers.
    """
    depth, _, along = case.sdf.shape
    rng = np.random.default_rng(seed)
    x, z = (2.0 * math.pi * (np.arange(cells) + 0.5) / cells for cells in (along, depth))
    to_wave_number = 2.0 * math.pi * case.cells_per_length
    eta = 0.5 * math.pi * _from_the_bottom(case)
    velocity = np.zeros((*case.sdf.shape, 3), np.float32)
    for half_waves in (1, 2, 3):
        planes = np.zeros((3, depth, along))
        for k, n in np.ndindex(4, 6):
            kx, kz = k * to_wave_number / along, (n + 1) * to_wave_number / depth
            a, c = rng.normal(size=2) / (kz, 1.0)  # rolls along the stream weaker than the streaks they make
            phase = k * x + (n + 1) * z[:, None] + rng.uniform(0.0, 2.0 * math.pi)
            planes += np.stack([c * np.cos(phase), (kx * c - kz * a) * np.sin(phase), -a * np.cos(phase)])
        first, other = (np.sin(eta), np.cos(eta)), (np.sin(half_waves * eta), np.cos(half_waves * eta))
        g = first[0] * other[0]
        slope = 0.5 * math.pi * (first[1] * other[0] + half_waves * first[0] * other[1])
        for axis, across in enumerate((slope, g, slope)):
            velocity[..., axis] += planes[axis, :, None].astype(np.float32) * across.astype(np.float32)[:, None]
    velocity *= np.float32(size / math.sqrt(np.mean(np.sum(velocity**2, axis=-1), dtype=np.float64)))
    velocity[..., 0] += turbulent_profile(case).astype(np.float32)[:, None]
    return velocity[None]


def _from_the_bottom(case: FlowCase) -> np.ndarray:
    """Distance of the cell centres from the lower wall in h."""
    return (np.arange(case.sdf.shape[1]) + 0.5) / case.cells_per_length


def _wall_distance(case: FlowCase) -> np.ndarray:
    """Distance of the cell centres from the nearer wall in h."""
    y = _from_the_bottom(case)
    return np.minimum(y, 2.0 - y)
