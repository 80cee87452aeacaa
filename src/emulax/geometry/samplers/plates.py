"""Random thin plates."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from jax.tree_util import Partial

from emulax.core.config import digest
from emulax.core.errors import InputError
from emulax.geometry.outline import loop_segments
from emulax.geometry.primitives import box
from emulax.geometry.samplers.placement import Placement, Range, centred, check_range, generator_of
from emulax.geometry.samplers.primitives import HASHED_DIGITS
from emulax.geometry.shape import Shape, place


@dataclass(frozen=True)
class PlateSampler(Placement):
    """Thin rectangular plates at any angle to the flow.

    Thickness, length over thickness and angle are uniform in their ranges; where the frontal height would exceed
    `max_height` the range of lengths ends earlier.

    Args:
        thickness: Thickness [D].
        aspect_ratio: Length over thickness.
        max_height: Largest frontal height [D].
    """

    thickness: Range = (0.2, 0.25)
    aspect_ratio: Range = (4.0, 8.0)
    max_height: float = 1.2

    def __post_init__(self) -> None:
        check_range("thickness", self.thickness)
        check_range("aspect_ratio", self.aspect_ratio, least=1)
        shortest = self.thickness[1] * math.hypot(1, self.aspect_ratio[0])
        if not self.max_height >= shortest:
            raise InputError(
                "max_height",
                f"is {self.max_height} D, must be at least {shortest:.3g} D for this thickness and aspect ratio",
            )
        self.check_room(self.thickness[1] * math.hypot(1, self.aspect_ratio[1]), self.max_height)

    def sample(self, seed: int, index: int) -> Shape:
        """Plate number `index` of the sequence `seed`; it does not depend on which others are drawn.

        Raises:
            InputError: A negative seed or index.
        """
        generator = generator_of(seed, index)
        thickness = float(generator.uniform(*self.thickness))
        fraction = float(generator.random())
        angle = float(generator.uniform(0, math.pi))
        centre = self.centre(generator)

        # Frontal height = length sin(angle) + thickness |cos(angle)|.
        room = self.max_height - thickness * abs(math.cos(angle))
        shortest, longest = (ratio * thickness for ratio in self.aspect_ratio)
        longest = min(longest, room / max(math.sin(angle), room / longest))
        length = shortest + fraction * (longest - shortest)
        half = (0.5 * length, 0.5 * thickness)
        corners = np.array([[1, 1], [-1, 1], [-1, -1], [1, -1]], np.float64) * half
        numbers = [round(number, HASHED_DIGITS) for number in (length, thickness, angle)]
        plate = Shape(
            name="plate",
            distance=Partial(box, half_size=half),
            outline=loop_segments(corners),
            identifier=digest(["plate", *numbers]),
        )
        return centred(place(plate, (0.0, 0.0), angle), centre)
