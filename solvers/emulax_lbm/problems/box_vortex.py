"""A closed box, no flow through any wall: what is inside must stay inside."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from emulax_lbm.boundaries import Edges, Wall
from emulax_lbm.case import FlowCase, Precision, open_box


def box_vortex(
    cells: int, *, precision: Precision = "float32"
) -> tuple[FlowCase, Float[np.ndarray, "1 y x 2"], Float[np.ndarray, "1 y x"]]:
    """A vortex in a square box under a moving lid: case, initial velocity and pressure (batch axis of one)."""
    shape = (cells, cells)
    edges = Edges(left=Wall(), right=Wall(), bottom=Wall(), top=Wall(velocity=(1.0, 0.0)))
    case = FlowCase(open_box(shape), 100.0, cells, edges=edges, precision=precision)
    phase = np.pi * (np.arange(cells) + 0.5) / cells
    x, y = np.meshgrid(phase, phase)
    velocity = np.stack([np.sin(x) ** 2 * np.sin(2 * y), -np.sin(2 * x) * np.sin(y) ** 2], axis=-1)
    return case, velocity[None], np.full((1, *shape), 0.5)
