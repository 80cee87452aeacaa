"""Two random primitives in one box."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from emulax.core.config import digest
from emulax.geometry.combine import union
from emulax.geometry.samplers.placement import Placement, Range, centred, check_range, generator_of
from emulax.geometry.samplers.primitives import (
    HASHED_DIGITS,
    Kind,
    check_primitives,
    draw_primitive,
)
from emulax.geometry.shape import Shape, place


@dataclass(frozen=True)
class PairSampler(Placement):
    """Two primitives, drawn alike, apart by a gap in a random direction: tandem, side by side, or staggered.

    Both are convex. The second is put where its nearest point faces that of the first across the gap, so the gap is
    their distance.

    Args:
        kinds: Kinds of body to draw from.
        sides: Fewest and most sides of a polygon.
        aspect_ratio: Longer over shorter axis of ellipses and boxes.
        height: Frontal height of each [D].
        max_length: Largest extent of each along the flow [D].
        gap: Distance between the two [D].
    """

    kinds: tuple[Kind, ...] = ("circle", "ellipse", "box", "polygon")
    sides: tuple[int, int] = (3, 12)
    aspect_ratio: Range = (1.0, 2.0)
    height: Range = (0.5, 0.75)
    max_length: float = 1.0
    gap: Range = (0.25, 1.0)
    centre_x: Range = (0.25, 0.45)
    centre_y: Range = (0.45, 0.55)

    def __post_init__(self) -> None:
        check_primitives(self.kinds, self.sides, self.aspect_ratio, self.height, self.max_length)
        check_range("gap", self.gap)
        self.check_room(2 * self.max_length + self.gap[1], 2 * self.height[1] + self.gap[1])

    def sample(self, seed: int, index: int) -> Shape:
        """Pair number `index` of the sequence `seed`; it does not depend on which others are drawn.

        Raises:
            InputError: A negative seed or index.
        """
        generator = generator_of(seed, index)
        settings = (self.kinds, self.sides, self.aspect_ratio, self.height, self.max_length)
        (first, numbers), (second, others) = (draw_primitive(generator, *settings) for _ in range(2))
        gap = float(generator.uniform(*self.gap))
        direction = float(generator.uniform(0, 2 * math.pi))
        centre = self.centre(generator)

        towards = np.array([math.cos(direction), math.sin(direction)])
        offset = _farthest(first, towards) + gap * towards - _farthest(second, -towards)
        second = place(second, (float(offset[0]), float(offset[1])))
        pair = Shape(
            name="pair",
            distance=union(first.distance, second.distance),
            outline=np.concatenate([first.outline, second.outline]),
            identifier=digest([numbers, others, round(gap, HASHED_DIGITS), round(direction, HASHED_DIGITS)]),
        )
        return centred(pair, centre)


def _farthest(shape: Shape, direction: Float[np.ndarray, " 2"]) -> Float[np.ndarray, " 2"]:
    """The point of a body that lies farthest in a direction."""
    corners = shape.outline[:, 0]
    return corners[np.argmax(corners @ direction)]
