"""A body in the plane: its signed distance, its outline, and where it lies."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import jax
import numpy as np
from jax.tree_util import Partial
from jaxtyping import Array, Float

from emulax.core.errors import InputError
from emulax.geometry.combine import Sdf, as_pytree, rotate, translate


@dataclass(frozen=True, eq=False)
class Shape:
    """One solid body, or several that belong together.

    Args:
        name: What to call it in tables and pictures.
        distance: Signed distance, negative in the solid [D].
        outline: Start and end of the segments of its outline, solid on the left [D].
        identifier: Hash of the geometry. Equal for one body at two places, so that splits keep them together.
    """

    name: str
    distance: Sdf
    outline: Float[np.ndarray, "segment 2 2"]
    identifier: str

    def sdf(self, points: Float[Array, "*batch 2"]) -> Float[Array, "*batch"]:
        """Signed distance at `points` [D]; shapes of one kind share one compile."""
        return _evaluate(as_pytree(self.distance), points)

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """Smallest x, smallest y, largest x and largest y [D]."""
        corners = self.outline.reshape(-1, 2)
        (left, bottom), (right, top) = corners.min(axis=0), corners.max(axis=0)
        return float(left), float(bottom), float(right), float(top)

    @property
    def length(self) -> float:
        """Extent along the flow, in x [D]."""
        left, _, right, _ = self.bounds
        return right - left

    @property
    def height(self) -> float:
        """Frontal height, the extent in y [D]."""
        _, bottom, _, top = self.bounds
        return top - bottom


def place(shape: Shape, centre: tuple[float, float], angle: float = 0.0) -> Shape:
    """The shape turned counter-clockwise about its origin by `angle` [rad], then moved to `centre` [D]."""
    cosine, sine = math.cos(angle), math.sin(angle)
    turned = shape.outline @ np.array([[cosine, sine], [-sine, cosine]])
    return replace(
        shape,
        distance=translate(rotate(shape.distance, float(angle)), (float(centre[0]), float(centre[1]))),
        outline=turned + np.array(centre, np.float64),
    )


def check_inside(shape: Shape, domain: tuple[float, float], clearance: float = 0.0) -> None:
    """Check that a placed shape lies in the box [0, Lx] x [0, Ly] and keeps `clearance` from its edges.

    Args:
        shape: The body, placed.
        domain: Lx and Ly [D].
        clearance: Smallest distance allowed between the body and an edge of the box [D].

    Raises:
        InputError: The body is larger than the box less its clearance, reaches out of it, or comes too near
            to an edge.
    """
    left, bottom, right, top = shape.bounds
    box = f"the domain of {domain[0]:g} x {domain[1]:g} D"
    room = f" with a clearance of {clearance:g} D" if clearance else ""
    if shape.length > domain[0] - 2 * clearance or shape.height > domain[1] - 2 * clearance:
        raise InputError(
            shape.name,
            f"is {shape.length:.3g} x {shape.height:.3g} D, larger than {box}{room}",
            "give it a smaller height or length",
        )
    nearest = min(left, bottom, domain[0] - right, domain[1] - top)
    if nearest <= 0 or nearest < clearance:
        raise InputError(
            shape.name,
            f"spans x {left:.3g} to {right:.3g} D and y {bottom:.3g} to {top:.3g} D, must be in {box}{room}",
            "make it smaller",
        )


@jax.jit
def _evaluate(distance: Partial, points: Float[Array, "*batch 2"]) -> Float[Array, "*batch"]:
    return distance(points)
