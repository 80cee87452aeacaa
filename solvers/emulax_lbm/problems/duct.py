"""Turbulent flow along a rectangular duct, as in Gavrilakis 1992, doi 10.1017/S0022112092001575.

The reference length is h, half the height, the velocity unit the friction velocity of the mean stress at the walls. The
body force balances that stress: with a half width of a h it is `(1 + 1/a) u_tau^2 / h`.
"""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float

from emulax_lbm.boundaries import Edges, Periodic, Wall
from emulax_lbm.case import FlowCase, open_box
from emulax_lbm.collision import Collision, Cumulant
from emulax_lbm.lattices import D3Q27, Lattice
from emulax_lbm.problems.channel_180 import FRICTION_VELOCITY, reichardt

_WAVES = 3


def duct(
    half_height: int,
    *,
    aspect_ratio: float = 1.0,
    reynolds: float = 150.0,
    length: float = 4.0 * math.pi,
    lattice: Lattice = D3Q27,
    collision: Collision = Cumulant(),  # noqa: B008 - frozen
) -> FlowCase:
    """The duct between half-way walls, periodic along x.

    Args:
        half_height: Cells in h.
        aspect_ratio: Width over height, so that the width is a whole number of cells.
        reynolds: Friction Reynolds number `u_tau h / nu`.
        length: Of the box, in h, rounded to cells.
        lattice: Velocity set.
        collision: How populations relax.
    """
    shape = (2 * round(aspect_ratio * half_height), 2 * half_height, round(length * half_height))
    wall = Wall()
    return FlowCase(
        open_box(shape),
        reynolds,
        half_height,
        edges=Edges(left=Periodic(), right=Periodic(), bottom=wall, top=wall, back=wall, front=wall),
        lattice_velocity=FRICTION_VELOCITY,
        lattice=lattice,
        collision=collision,
        body_force=(1.0 + half_height / round(aspect_ratio * half_height), 0.0, 0.0),
    )


def disturbed_duct(case: FlowCase, *, size: float = 2.0, seed: int = 180) -> Float[np.ndarray, "1 z y x 3"]:
    """Profile of the nearest wall, and vortices across the duct that wake turbulence: a start for `Run`, in float32.

    The disturbance has a stream function in every cross-section, random waves along the duct times what vanishes at the
    walls with its slope; it is free of divergence and adheres to the walls.

    Args:
        case: The duct.
        size: Root mean square of the disturbance in `u_tau`.
        seed: Of the random numbers.
    """
    depth, height, along = case.sdf.shape
    rng = np.random.default_rng(seed)
    z, y = ((np.arange(cells) + 0.5) / cells for cells in (depth, height))
    x = 2.0 * math.pi * (np.arange(along) + 0.5) / along
    velocity = np.zeros((depth, height, along, 3), np.float64)
    for n, m in np.ndindex(_WAVES, _WAVES):
        wave = sum(rng.normal() * np.cos(k * x + rng.uniform(0.0, 2.0 * math.pi)) for k in range(4))
        (f, f_slope), (g, g_slope) = _bump(z, n + 1), _bump(y, m + 1)
        velocity[..., 1] += np.einsum("z,y,x->zyx", f_slope / depth, g, wave)
        velocity[..., 2] -= np.einsum("z,y,x->zyx", f, g_slope / height, wave)
    velocity *= size / math.sqrt(np.mean(np.sum(velocity**2, axis=-1)))
    d = case.reynolds * np.minimum(np.minimum(z, 1.0 - z)[:, None] * depth, np.minimum(y, 1.0 - y) * height)
    velocity[..., 0] += reichardt(d / case.cells_per_length)[..., None]
    return velocity.astype(np.float32)[None]


def _bump(s: Float[np.ndarray, " cells"], waves: int) -> tuple[np.ndarray, np.ndarray]:
    """`sin(pi s) sin(pi n s)`, which vanishes at 0 and 1 with its slope, and its slope."""
    a, b = math.pi * s, math.pi * waves * s
    return np.sin(a) * np.sin(b), math.pi * (np.cos(a) * np.sin(b) + waves * np.sin(a) * np.cos(b))
