"""Plane Poiseuille flow at an angle to the grid: its walls cross the links anywhere."""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float

from emulax_lbm.boundaries import Walls
from emulax_lbm.case import PERIODIC, FlowCase
from emulax_lbm.lattices.lattice import CS2

_SHARE = 0.75  # of the distance from one channel to the next that is fluid


def inclined_poiseuille(
    rows: int, *, reynolds: float = 10.0, relaxation_time: float = 0.8, walls: Walls = "bouzidi"
) -> tuple[FlowCase, Float[np.ndarray, "y x 2"]]:
    """The case in float64 and its exact velocity at the cell centres, zero in solid cells.

        u = 4 U s (1 - s) along (2, 1) / sqrt(5),   force = 8 U^2 / (Re H) along it

    with the distance s from the lower wall over the channel height H, which is the reference length, and the
    centre-line velocity U. The channel rises by one cell in two, so that a box twice as long as high repeats it
    exactly. The lattice velocity falls with the cell size, as the relaxation time is the same on all grids.

    Args:
        rows: Cells in the height of the box; H is two thirds of it.
        reynolds: U H / nu.
        relaxation_time: In steps.
        walls: How the walls reflect.
    """
    shape = (rows, 2 * rows)
    along, across = np.array([2.0, 1.0]) / math.sqrt(5.0), np.array([-1.0, 2.0]) / math.sqrt(5.0)
    spacing = 2.0 * rows / math.sqrt(5.0)
    height = _SHARE * spacing
    y, x = np.indices(shape) + 0.5
    s = 0.5 + (np.mod(across[0] * x + across[1] * y, spacing) - 0.5 * spacing) / height
    sdf = 0.5 - np.abs(s - 0.5)
    case = FlowCase(
        sdf,
        reynolds,
        height,
        edges=PERIODIC,
        walls=walls,
        lattice_velocity=CS2 * (relaxation_time - 0.5) * reynolds / height,
        body_force=(8.0 / reynolds * along[0], 8.0 / reynolds * along[1]),
        precision="float64",
    )
    return case, np.where(sdf > 0.0, 4.0 * s * (1.0 - s), 0.0)[..., None] * along
