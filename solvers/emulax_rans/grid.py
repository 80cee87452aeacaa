"""A section as the solver sees it: operators along both axes, and constants at the cells."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64

from emulax_rans.axis import Axis, axis_of
from emulax_rans.section import Section


@dataclass(frozen=True, eq=False)
class Grid:
    """Operators and constants of a section.

    Args:
        z: Operators along z.
        y: Operators along y.
        wall_distance: Distance of each cell to the nearest wall.
        wall_cells: Which cells touch a wall.
        share: Share of each cell in the area of the section.
    """

    z: Axis
    y: Axis
    wall_distance: Float64[np.ndarray, "z y"]
    wall_cells: Bool[np.ndarray, "z y"]
    share: Float64[np.ndarray, "z y"]


def grid_of(section: Section) -> Grid:
    """The grid of a section."""
    return Grid(
        axis_of(section, "z"),
        axis_of(section, "y"),
        section.wall_distance,
        section.wall_cells,
        section.area / section.area.sum(),
    )
