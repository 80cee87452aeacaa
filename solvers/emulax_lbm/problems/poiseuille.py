"""Plane Poiseuille flow between half-way walls, driven by a body force."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from emulax_lbm.boundaries import Edges, Periodic, Wall
from emulax_lbm.case import FlowCase, open_box
from emulax_lbm.collision import TRT


def poiseuille(
    cells: int, *, reynolds: float = 10.0, magic: float = 3.0 / 16.0
) -> tuple[FlowCase, Float[np.ndarray, "y x"]]:
    """The case in float64 and its exact streamwise velocity at the cell centres.

        u(y) = 4 U y (1 - y),   force = 8 U^2 / (Re H)

    with the channel height H as reference length and the centre-line velocity U. With half-way walls and the magic
    parameter 3/16 the steady lattice solution is exact at the nodes (Ginzburg & d'Humieres 2003, doi
    10.1103/PhysRevE.68.066614).

    Args:
        cells: Cells across the channel.
        reynolds: U H / nu.
        magic: Magic parameter of the collision.
    """
    shape = (cells, 4)
    case = FlowCase(
        open_box(shape),
        reynolds,
        cells,
        edges=Edges(left=Periodic(), right=Periodic(), bottom=Wall(), top=Wall()),
        collision=TRT(magic),
        body_force=(8.0 / reynolds, 0.0),
        precision="float64",
    )
    y = (np.arange(cells) + 0.5) / cells
    return case, np.broadcast_to((4.0 * y * (1.0 - y))[:, None], shape)
