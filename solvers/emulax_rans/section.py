"""The cross-section of a channel or a duct: a tensor-product grid, and which of its sides are walls."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Float64
from scipy.optimize import brentq

from emulax_rans.errors import CaseError

SIDES = ("low_y", "high_y", "low_z", "high_z")
Faces = Float64[np.ndarray, " faces"]


@dataclass(frozen=True, eq=False)
class Section:
    """A rectangular cross-section, cells in the order z, y; the flow goes along x.

    A side is a wall or a plane of symmetry. A plane channel is a section of one cell along z without walls there.

    Args:
        y: Positions of the faces between the cells along y, ascending, in any unit of length, say the half height.
        z: The same along z.
        walls: Which sides are walls; at least one.

    Raises:
        CaseError: Faces that do not ascend, or no wall.
    """

    y: Float64[np.ndarray, " y_faces"]
    z: Float64[np.ndarray, " z_faces"]
    walls: frozenset[str] = frozenset({"high_y", "high_z"})

    def __post_init__(self) -> None:
        for name, faces in (("y", self.y), ("z", self.z)):
            if len(faces) < 2 or not np.isfinite(faces).all() or not (np.diff(faces) > 0.0).all():
                raise CaseError(name, "must hold two or more faces that ascend")
        unknown = self.walls - set(SIDES)
        if unknown or not self.walls:
            allowed = ", ".join(SIDES)
            raise CaseError("walls", f"are {', '.join(sorted(unknown)) or 'none'}, must be one or more of {allowed}")

    @property
    def shape(self) -> tuple[int, int]:
        """Cells along z and y."""
        return len(self.z) - 1, len(self.y) - 1

    @property
    def centres(self) -> tuple[Float64[np.ndarray, "z y"], Float64[np.ndarray, "z y"]]:
        """Coordinates z and y of the cells' centres."""
        z, y = (0.5 * (faces[1:] + faces[:-1]) for faces in (self.z, self.y))
        return tuple(np.meshgrid(z, y, indexing="ij"))  # pyright: ignore[reportReturnType]

    @cached_property
    def area(self) -> Float64[np.ndarray, "z y"]:
        """Area of each cell."""
        return np.outer(np.diff(self.z), np.diff(self.y))

    @cached_property
    def wall_distance(self) -> Float64[np.ndarray, "z y"]:
        """Distance of each cell's centre to the nearest wall."""
        z, y = self.centres
        distances: dict[str, Float64[np.ndarray, "z y"]] = {
            "low_y": y - self.y[0],
            "high_y": self.y[-1] - y,
            "low_z": z - self.z[0],
            "high_z": self.z[-1] - z,
        }
        return np.min([distances[side] for side in self.walls], axis=0)

    @cached_property
    def wall_cells(self) -> Bool[np.ndarray, "z y"]:
        """Which cells touch a wall."""
        touching = np.zeros(self.shape, bool)
        places = {"low_y": np.s_[:, :1], "high_y": np.s_[:, -1:], "low_z": np.s_[:1], "high_z": np.s_[-1:]}
        for side in self.walls:
            touching[places[side]] = True
        return touching


def clustered(length: float, cells: int, first: float) -> Faces:
    """Faces from 0 to `length` whose cells shrink towards the far end, where the wall is.

        x(s) = length tanh(a s) / tanh(a),   0 <= s <= 1

    Args:
        length: Extent.
        cells: Number of cells.
        first: Height of the cell at the wall, at most that of equal cells.

    Raises:
        CaseError: The cells would have to grow towards the wall.
    """
    s = np.linspace(0.0, 1.0, cells + 1)
    if not 0.0 < first <= length / cells:
        raise CaseError("first", f"is {first:g}, must be positive and at most {length / cells:g} with {cells} cells")

    def faces(a: float) -> Faces:
        return length * np.tanh(a * s) / np.tanh(a)

    def excess(a: float) -> float:
        return float(np.diff(faces(a))[-1]) - first

    if excess(1e-6) <= 0.0:
        return length * s
    root = brentq(excess, 1e-6, 18.0)
    return faces(float(root))  # pyright: ignore[reportArgumentType]


def half_channel(cells: int, *, first: float) -> Section:
    """A plane channel from its middle, y = 0, to its wall, y = 1; lengths in half heights.

    Args:
        cells: Cells across the half.
        first: Height of the cell at the wall: one wall unit or less.
    """
    return Section(clustered(1.0, cells, first), np.array([0.0, 1.0]), frozenset({"high_y"}))


def duct_quadrant(cells: int, *, first: float, aspect_ratio: float = 1.0) -> Section:
    """A quarter of a rectangular duct, walls at y = 1 and z = aspect ratio; lengths in half heights.

    Args:
        cells: Cells across the half height; along z there are as many times the aspect ratio.
        first: Height of the cells at the walls: one wall unit or less.
        aspect_ratio: Width over height.
    """
    along = round(cells * aspect_ratio)
    return Section(clustered(1.0, cells, first), clustered(aspect_ratio, along, first))
