"""Operators along one axis of a section, of second order; the other axis is carried along.

Values at cells go to faces by linear interpolation, differences of faces make values at cells. Everything that is
interpolated vanishes at walls: velocities and stresses do, and so does the kinetic energy.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Float64

from emulax_rans.section import Section

Field = Float[Array, "_ _"]


@dataclass(frozen=True, eq=False)
class Axis:
    """One axis of a section.

    Args:
        axis: 0 for z, 1 for y.
        low_wall: Whether the side at its beginning is a wall; else it is a plane of symmetry.
        high_wall: The same at its end.
        width: Widths of the cells.
        between: Distances between neighbouring centres.
        upper: Share of the upper cell in the value at the face between two cells.
        at_walls: Weights of the cell at a wall and of the next in the slope there, for each end; zero at symmetry.
    """

    axis: int
    low_wall: bool
    high_wall: bool
    width: Float64[np.ndarray, "_ _"]
    between: Float64[np.ndarray, "_ _"]
    upper: Float64[np.ndarray, "_ _"]
    at_walls: tuple[tuple[float, float], tuple[float, float]]

    def low(self, cells: Field) -> Field:
        """All but the last along this axis."""
        return cells[:-1] if self.axis == 0 else cells[:, :-1]

    def high(self, cells: Field) -> Field:
        """All but the first."""
        return cells[1:] if self.axis == 0 else cells[:, 1:]

    def ends(self, cells: Field) -> tuple[Field, Field]:
        """The first and the last."""
        return (cells[:1], cells[-1:]) if self.axis == 0 else (cells[:, :1], cells[:, -1:])

    def inner(self, cells: Field) -> Field:
        """Values at the faces between cells."""
        return self.low(cells) + self.upper * (self.high(cells) - self.low(cells))

    def slope(self, cells: Field) -> Field:
        """Derivatives at the faces between cells."""
        return (self.high(cells) - self.low(cells)) / self.between

    def even(self, cells: Field) -> Field:
        """Values at all faces of what goes on evenly beyond a plane of symmetry, and vanishes at walls."""
        first, last = self.ends(cells)
        return self._join(first * (not self.low_wall), self.inner(cells), last * (not self.high_wall))

    def odd(self, cells: Field) -> Field:
        """Values at all faces of what changes its sign beyond a plane of symmetry, and vanishes at walls."""
        none = jnp.zeros_like(self.ends(cells)[0])
        return self._join(none, self.inner(cells), none)

    def free(self, cells: Field) -> Field:
        """Values at all faces of what has at a side the value of the cell there, wall or not."""
        first, last = self.ends(cells)
        return self._join(first, self.inner(cells), last)

    def gradient(self, cells: Field) -> Field:
        """Derivatives at all faces of what goes on evenly beyond a plane of symmetry, and vanishes at walls.

        At a wall that of the parabola through zero there and two cells: k grows as the squared distance.
        """
        (first, second), (last, before) = self._at_ends(cells)
        low, high = self.at_walls
        return self._join(low[0] * first + low[1] * second, self.slope(cells), -(high[0] * last + high[1] * before))

    def inner_gradient(self, cells: Field) -> Field:
        """Derivatives at all faces of what does not change across a side."""
        none = jnp.zeros_like(self.ends(cells)[0])
        return self._join(none, self.slope(cells), none)

    def divergence(self, faces: Field) -> Field:
        """Derivatives at cells of what is given at all faces."""
        return (self.high(faces) - self.low(faces)) / self.width

    def mean(self, faces: Field) -> Field:
        """Values at cells of what is given at all faces."""
        return 0.5 * (self.high(faces) + self.low(faces))

    def _at_ends(self, cells: Field) -> tuple[tuple[Field, Field], tuple[Field, Field]]:
        """The two cells next to each end, the outer one first."""
        first, last = self.ends(cells)
        if cells.shape[self.axis] == 1:
            return (first, first), (last, last)
        return (first, self.ends(self.high(cells))[0]), (last, self.ends(self.low(cells))[1])

    def _join(self, *parts: Field) -> Field:
        return jnp.concatenate(parts, axis=self.axis)


def axis_of(section: Section, name: Literal["z", "y"]) -> Axis:
    """The operators along one axis of a section."""
    axis = ("z", "y").index(name)
    faces = section.z if name == "z" else section.y
    width = np.diff(faces)
    centres = 0.5 * (faces[1:] + faces[:-1])
    shape = (-1, 1) if axis == 0 else (1, -1)
    return Axis(
        axis,
        f"low_{name}" in section.walls,
        f"high_{name}" in section.walls,
        width.reshape(shape),
        np.diff(centres).reshape(shape),
        (width[:-1] / (width[:-1] + width[1:])).reshape(shape),
        (
            _slope_at_wall(width) if f"low_{name}" in section.walls else (0.0, 0.0),
            _slope_at_wall(width[::-1]) if f"high_{name}" in section.walls else (0.0, 0.0),
        ),
    )


def _slope_at_wall(width: Float64[np.ndarray, " cells"]) -> tuple[float, float]:
    """Weights of the two cells next to a wall in the slope there of what vanishes there."""
    near = 0.5 * width[0]
    if len(width) == 1:
        return 1.0 / near, 0.0
    far = width[0] + 0.5 * width[1]
    return far / (near * (far - near)), -near / (far * (far - near))
