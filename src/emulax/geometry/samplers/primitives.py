"""Random primitive bodies, each drawn from its own seed."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
from jax.tree_util import Partial
from jaxtyping import Float

from emulax.core.config import digest
from emulax.core.errors import InputError
from emulax.geometry.combine import scale
from emulax.geometry.outline import loop_segments
from emulax.geometry.primitives import box, circle, ellipse, regular_polygon
from emulax.geometry.samplers.placement import Placement, Range, centred, check_names, check_range, generator_of
from emulax.geometry.shape import Shape, place

Kind = Literal["circle", "ellipse", "box", "polygon"]

_LONGEST_POLYGON = 2 / math.sqrt(3)
"""Largest length over height of a regular polygon, however turned: the triangle's."""

HASHED_DIGITS = 6
"""Digits behind the point of the numbers that identify a body."""

_CURVE_POINTS = 720


@dataclass(frozen=True)
class PrimitiveSampler(Placement):
    """Circles, ellipses, boxes and regular polygons of random size, rotation and position.

    Kinds are equally likely; sizes, rotations and positions are uniform in their ranges. A body is scaled
    after it was turned, so that its frontal height is the one drawn; where its length would exceed
    `max_length` the range of heights ends earlier.

    Args:
        kinds: Kinds of body to draw from.
        sides: Fewest and most sides of a polygon.
        aspect_ratio: Longer over shorter axis of ellipses and boxes.
        height: Frontal height [D].
        max_length: Largest extent along the flow [D].

    Source: the primitives of Guo, Li, Iorio 2016, doi 10.1145/2939672.2939738.
    """

    kinds: tuple[Kind, ...] = ("circle", "ellipse", "box", "polygon")
    sides: tuple[int, int] = (3, 12)
    aspect_ratio: Range = (1.0, 3.0)
    height: Range = (0.6, 1.6)
    max_length: float = 2.0

    def __post_init__(self) -> None:
        check_primitives(self.kinds, self.sides, self.aspect_ratio, self.height, self.max_length)
        self.check_room(self.max_length, self.height[1])

    def sample(self, seed: int, index: int) -> Shape:
        """Body number `index` of the sequence `seed`; it does not depend on which others are drawn.

        Raises:
            InputError: A negative seed or index.
        """
        generator = generator_of(seed, index)
        body, numbers = draw_primitive(
            generator, self.kinds, self.sides, self.aspect_ratio, self.height, self.max_length
        )
        x, y = self.centre(generator)
        identifier = digest([*numbers, round(x, HASHED_DIGITS), round(y, HASHED_DIGITS)])
        return replace(centred(body, (x, y)), identifier=identifier)


def check_primitives(
    kinds: tuple[str, ...], sides: tuple[int, int], aspect_ratio: Range, height: Range, max_length: float
) -> None:
    """Check what `draw_primitive` draws from.

    Raises:
        InputError: No kind or an unknown one, a range that is none, or a length too short for the lowest bodies.
    """
    check_names("kinds", kinds, get_args(Kind))
    check_range("sides", sides, least=3)
    check_range("aspect_ratio", aspect_ratio, least=1)
    check_range("height", height)
    shortest = height[0] * max(aspect_ratio[1], _LONGEST_POLYGON)
    if not max_length >= shortest:
        raise InputError(
            "max_length", f"is {max_length} D, must be at least {shortest:.3g} D for this height and aspect ratio"
        )


def draw_primitive(
    generator: np.random.Generator,
    kinds: tuple[Kind, ...],
    sides: tuple[int, int],
    aspect_ratio: Range,
    height: Range,
    max_length: float,
) -> tuple[Shape, list[str | int | float]]:
    """A random primitive near the origin, turned and scaled; and what identifies it: kind, corners, rounded numbers."""
    # Every body draws all numbers, in this order, whether its kind uses them or not.
    kind = kinds[int(generator.integers(len(kinds)))]
    corners = int(generator.integers(sides[0], sides[1], endpoint=True))
    aspect = float(generator.uniform(*aspect_ratio))
    angle = float(generator.uniform(0, 2 * math.pi))
    fraction = float(generator.random())

    unit, outline = _unit_body(kind, corners, aspect)
    body = place(Shape(kind, unit, outline, ""), (0.0, 0.0), angle)
    tallest = min(height[1], max_length * body.height / body.length)
    drawn = height[0] + fraction * (tallest - height[0])
    size = drawn / body.height
    numbers = [kind, corners, *(round(number, HASHED_DIGITS) for number in (aspect, angle, drawn))]
    resized = Shape(
        name=f"{corners}-gon" if kind == "polygon" else kind,
        distance=scale(unit, size),
        outline=size * outline,
        identifier=digest(numbers),
    )
    return place(resized, (0.0, 0.0), angle), numbers


def _unit_body(kind: Kind, sides: int, aspect: float) -> tuple[Partial, Float[np.ndarray, "segment 2 2"]]:
    """Signed distance and outline of a body whose radius or smaller half extent is one."""
    match kind:
        case "circle":
            return Partial(circle, radius=1.0), loop_segments(_on_circle(_CURVE_POINTS))
        case "ellipse":
            curve = _on_circle(_CURVE_POINTS) * [aspect, 1.0]
            return Partial(ellipse, semi_axes=(aspect, 1.0)), loop_segments(curve)
        case "box":
            corners = np.array([[1, 1], [-1, 1], [-1, -1], [1, -1]], np.float64) * [aspect, 1.0]
            return Partial(box, half_size=(aspect, 1.0)), loop_segments(corners)
        case "polygon":
            return Partial(regular_polygon, sides=sides, radius=1.0), loop_segments(_on_circle(sides))


def _on_circle(count: int) -> Float[np.ndarray, "vertex 2"]:
    angles = 2 * math.pi * np.arange(count) / count
    return np.stack([np.cos(angles), np.sin(angles)], axis=1)
