"""A body in the plane: its signed distance, its outline, and where it lies."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Array, Float

from emulax.core.errors import InputError
from emulax.geometry.body import Body
from emulax.geometry.combine import Sdf, evaluate, rotate, translate


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
        return evaluate(self.distance, points)

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


def check_inside(shape: Shape | Body, domain: tuple[float, ...], clearance: float = 0.0) -> None:
    """Check that a placed body lies in the box [0, Lx] x [0, Ly] [x [0, Lz]] and keeps `clearance` from its edges.

    Args:
        shape: The body, placed.
        domain: Lx, Ly and, for a body in space, Lz [D].
        clearance: Smallest distance allowed between the body and an edge of the box [D].

    Raises:
        InputError: The body is larger than the box less its clearance, reaches out of it, or comes too near
            to an edge.
    """
    low, high = shape.bounds[: len(domain)], shape.bounds[len(domain) :]
    sizes = [end - start for start, end in zip(low, high, strict=True)]
    box = f"the domain of {' x '.join(f'{side:g}' for side in domain)} D"
    room = f" with a clearance of {clearance:g} D" if clearance else ""
    if any(size > side - 2 * clearance for size, side in zip(sizes, domain, strict=True)):
        raise InputError(
            shape.name,
            f"is {' x '.join(f'{size:.3g}' for size in sizes)} D, larger than {box}{room}",
            "give it a smaller height or length",
        )
    nearest = min(*low, *(side - end for side, end in zip(domain, high, strict=True)))
    if nearest <= 0 or nearest < clearance:
        spans = (f"{axis} {start:.3g} to {end:.3g} D" for axis, start, end in zip("xyz", low, high, strict=False))
        raise InputError(shape.name, f"spans {' and '.join(spans)}, must be in {box}{room}", "make it smaller")
