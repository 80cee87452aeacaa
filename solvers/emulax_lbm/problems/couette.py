"""Plane Couette flow: one wall slides past the other."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from emulax_lbm.boundaries import Edges, Periodic, Wall
from emulax_lbm.case import FlowCase, open_box


def couette(cells: int, *, reynolds: float = 10.0) -> tuple[FlowCase, Float[np.ndarray, "y x"]]:
    """The case in float64 and its exact streamwise velocity at the cell centres.

        u(y) = U y / H

    with the channel height H as reference length and the velocity U of the upper wall. A linear profile leaves
    half-way bounce-back without an error (Ginzburg & d'Humieres 2003, doi 10.1103/PhysRevE.68.066614).

    Args:
        cells: Cells across the channel.
        reynolds: U H / nu.
    """
    shape = (cells, 4)
    edges = Edges(left=Periodic(), right=Periodic(), bottom=Wall(), top=Wall(velocity=(1.0, 0.0)))
    case = FlowCase(open_box(shape), reynolds, cells, edges=edges, precision="float64")
    y = (np.arange(cells) + 0.5) / cells
    return case, np.broadcast_to(y[:, None], shape)
