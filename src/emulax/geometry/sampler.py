"""Random primitive bodies, each drawn from its own seed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from jax.tree_util import Partial
from jaxtyping import Float

from emulax.core.config import digest
from emulax.core.errors import InputError, unknown_name
from emulax.geometry.combine import scale
from emulax.geometry.outline import loop_segments
from emulax.geometry.primitives import box, circle, ellipse, regular_polygon
from emulax.geometry.shape import Shape, place

Kind = Literal["circle", "ellipse", "box", "polygon"]

_LONGEST_POLYGON = 2 / math.sqrt(3)
"""Largest length over height of a regular polygon, however turned: the triangle's."""

_CURVE_POINTS = 720
_HASHED_DIGITS = 6


@dataclass(frozen=True)
class PrimitiveSampler:
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
        centre_x: Centre of the bounding box over the domain's length.
        centre_y: Centre of the bounding box over the domain's height.
        domain: Lx and Ly [D].
        clearance: Distance that every body keeps from the domain's edges [D].

    Source: the primitives of Guo, Li, Iorio 2016, doi 10.1145/2939672.2939738.
    """

    kinds: tuple[Kind, ...] = ("circle", "ellipse", "box", "polygon")
    sides: tuple[int, int] = (3, 12)
    aspect_ratio: tuple[float, float] = (1.0, 3.0)
    height: tuple[float, float] = (0.6, 1.6)
    max_length: float = 2.0
    centre_x: tuple[float, float] = (0.2, 0.45)
    centre_y: tuple[float, float] = (0.35, 0.65)
    domain: tuple[float, float] = (8.0, 4.0)
    clearance: float = 0.5

    def __post_init__(self) -> None:
        for kind in self.kinds:
            if kind not in get_args(Kind):
                raise unknown_name("kinds", kind, get_args(Kind))
        if not self.kinds:
            raise InputError("kinds", "is empty, must name at least one kind of body")
        _check_range("sides", self.sides, least=3)
        _check_range("aspect_ratio", self.aspect_ratio, least=1)
        for field in ("height", "centre_x", "centre_y"):
            _check_range(field, getattr(self, field))
        shortest = self.height[0] * max(self.aspect_ratio[1], _LONGEST_POLYGON)
        if not self.max_length >= shortest:
            raise InputError(
                "max_length",
                f"is {self.max_length} D, must be at least {shortest:.3g} D for this height and aspect ratio",
            )
        reach = (("centre_x", self.domain[0], self.max_length), ("centre_y", self.domain[1], self.height[1]))
        for field, extent, size in reach:
            low, high = getattr(self, field)
            gap = min(low, 1 - high) * extent - size / 2
            if not gap >= self.clearance:
                raise InputError(
                    field,
                    f"is {low} to {high}: bodies could come within {gap:.3g} D of an edge",
                )

    def sample(self, seed: int, index: int) -> Shape:
        """Body number `index` of the sequence `seed`; it does not depend on which others are drawn.

        Raises:
            InputError: A negative seed or index.
        """
        for field, value in (("seed", seed), ("index", index)):
            if value < 0:
                raise InputError(field, f"is {value}, must not be negative")
        generator = np.random.default_rng(np.random.SeedSequence([seed, index]))
        # Every body draws all numbers, in this order, whether its kind uses them or not.
        kind = self.kinds[int(generator.integers(len(self.kinds)))]
        sides = int(generator.integers(self.sides[0], self.sides[1], endpoint=True))
        aspect = float(generator.uniform(*self.aspect_ratio))
        angle = float(generator.uniform(0, 2 * math.pi))
        fraction = float(generator.random())
        x = float(generator.uniform(*self.centre_x)) * self.domain[0]
        y = float(generator.uniform(*self.centre_y)) * self.domain[1]

        unit, outline = _unit_body(kind, sides, aspect)
        body = place(Shape(kind, unit, outline, ""), (0.0, 0.0), angle)
        tallest = min(self.height[1], self.max_length * body.height / body.length)
        height = self.height[0] + fraction * (tallest - self.height[0])
        size = height / body.height
        left, bottom, right, top = (size * edge for edge in body.bounds)
        numbers = [round(number, _HASHED_DIGITS) for number in (aspect, angle, height, x, y)]
        resized = Shape(
            name=f"{sides}-gon" if kind == "polygon" else kind,
            distance=scale(unit, size),
            outline=size * outline,
            identifier=digest([kind, sides, *numbers]),
        )
        return place(resized, (x - 0.5 * (left + right), y - 0.5 * (bottom + top)), angle)


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


def _check_range(field: str, value: tuple[float, float], *, least: float = 0.0) -> None:
    low, high = value
    if not (math.isfinite(high) and 0 < low <= high and low >= least):
        bound = f"at least {least:g}" if least else "positive"
        raise InputError(field, f"is {low:g} to {high:g}, must be finite, in ascending order and {bound}")
