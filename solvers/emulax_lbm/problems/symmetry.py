"""A flow without any symmetry and its turned and mirrored images: a solver must not know left from up."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Shaped

from emulax_lbm.boundaries import Edges, Wall
from emulax_lbm.case import FlowCase, Precision
from emulax_lbm.problems.ball import ball

_SIDES = {(-1.0, 0.0): "left", (1.0, 0.0): "right", (0.0, -1.0): "bottom", (0.0, 1.0): "top"}


@dataclass(frozen=True)
class SquareSymmetry:
    """One of the eight ways to lay a square on itself: first mirrored, then turned from x towards y.

    Args:
        quarter_turns: Turns by 90 degrees.
        mirrored: Whether x is reversed first.
    """

    quarter_turns: int = 0
    mirrored: bool = False

    def vector(self, x: float, y: float) -> tuple[float, float]:
        """The image of a vector."""
        if self.mirrored:
            x = -x
        for _ in range(self.quarter_turns):
            x, y = -y, x
        return x, y

    def scalars(self, field: Shaped[np.ndarray, "n n"]) -> Shaped[np.ndarray, "n n"]:
        """The image of a field of numbers at the cell centres, axes y, x."""
        return np.rot90(field[:, ::-1] if self.mirrored else field, -self.quarter_turns).copy()

    def vectors(self, field: Float[np.ndarray, "n n 2"]) -> Float[np.ndarray, "n n 2"]:
        """The image of a field of vectors, components x, y last."""
        moved = np.stack([self.scalars(field[..., axis]) for axis in range(2)], axis=-1)
        matrix = np.array([self.vector(1.0, 0.0), self.vector(0.0, 1.0)], field.dtype)
        return moved @ matrix

    def case(self, case: FlowCase) -> FlowCase:
        """The image of a case in a square box of walls and periodic edges."""
        edges = {}
        for direction, name in _SIDES.items():
            edge = getattr(case.edges, name)
            if isinstance(edge, Wall) and edge.velocity:
                edge = Wall(self.vector(*edge.velocity))
            edges[_SIDES[self.vector(*direction)]] = edge
        force = self.vector(*case.body_force) if case.body_force else ()
        moving = None if case.wall_velocity is None else self.vectors(case.wall_velocity)
        middle = 0.5 * len(case.sdf) / case.cells_per_length
        x, y = self.vector(*(case.moment_point / case.cells_per_length - middle))
        return replace(
            case,
            sdf=self.scalars(case.sdf),
            edges=Edges(**edges),
            wall_velocity=moving,
            moment_centre=(middle + x, middle + y),
            body_force=force,
        )


SQUARE_SYMMETRIES = tuple(SquareSymmetry(turns, mirrored) for mirrored in (False, True) for turns in range(4))
"""All eight, the identity first."""


def lopsided_box(cells: int, *, precision: Precision = "float32") -> FlowCase:
    """A circle off the middle of a closed box with a sliding wall, driven by a body force as well: no two images agree.

    Args:
        cells: Cells along a side of the box, the reference length.
        precision: `float32` or `float64`.
    """
    sdf = ball((cells, cells), (0.4, 0.55), cells, diameter=0.3)
    edges = Edges(left=Wall(), right=Wall(), bottom=Wall(velocity=(1.0, 0.0)), top=Wall())
    return FlowCase(sdf, 20.0, cells, edges=edges, body_force=(1.0, -0.5), precision=precision)
