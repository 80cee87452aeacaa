"""Random airfoils of the NACA four-digit family."""

from __future__ import annotations

import math
from dataclasses import dataclass

from jax.tree_util import Partial

from emulax.core.config import digest
from emulax.core.errors import InputError
from emulax.geometry.naca import naca_section
from emulax.geometry.outline import loop_segments, padded
from emulax.geometry.polygon import closed_distance
from emulax.geometry.samplers.placement import Placement, Range, centred, check_range, generator_of
from emulax.geometry.samplers.primitives import HASHED_DIGITS
from emulax.geometry.shape import Shape, place

_NOSE = 1.01
"""Most length of a section over its chord: the nose of a cambered one reaches a little ahead of it."""


@dataclass(frozen=True)
class AirfoilSampler(Placement):
    """Airfoils of the NACA four-digit family with real numbers in place of digits, at random incidence and position.

    Camber, its position, thickness and incidence are uniform in their ranges. The trailing edge is closed.

    Args:
        camber: Largest camber [chord]; both ends may be zero.
        camber_position: Where along the chord it lies.
        thickness: Largest thickness [chord].
        chord: Length of the chord [D].
        incidence: Angle of the chord, nose up [degrees].

    Source: Jacobs, Ward and Pinkerton, NACA report 460 (1933).
    """

    camber: Range = (0.0, 0.06)
    camber_position: Range = (0.3, 0.5)
    thickness: Range = (0.12, 0.24)
    chord: float = 2.0
    incidence: Range = (-10.0, 10.0)

    def __post_init__(self) -> None:
        if not 0 <= self.camber[0] <= self.camber[1] <= 0.1:
            raise InputError("camber", f"is {self.camber[0]:g} to {self.camber[1]:g}, must ascend within 0 to 0.1")
        check_range("camber_position", self.camber_position, least=0.1, most=0.9)
        check_range("thickness", self.thickness, most=1.0)
        low, high = self.incidence
        if not -90 <= low <= high <= 90:
            raise InputError("incidence", f"is {low:g} to {high:g}, must ascend within -90 to 90 degrees")
        if not (self.chord > 0 and math.isfinite(self.chord)):
            raise InputError("chord", f"is {self.chord} D, must be positive and finite")
        # Across the chord a section extends by thickness and camber at most, along it by hardly more than the chord.
        steepest = math.sin(math.radians(max(abs(low), abs(high))))
        across = self.thickness[1] + self.camber[1]
        self.check_room(self.chord * (_NOSE + across * steepest), self.chord * (across + _NOSE * steepest))

    def sample(self, seed: int, index: int) -> Shape:
        """Airfoil number `index` of the sequence `seed`; it does not depend on which others are drawn.

        Raises:
            InputError: A negative seed or index.
        """
        generator = generator_of(seed, index)
        ranges = (self.camber, self.camber_position, self.thickness, self.incidence)
        camber, position, thickness, incidence = (float(generator.uniform(*ends)) for ends in ranges)
        centre = self.centre(generator)

        section = self.chord * naca_section(camber, position, thickness)
        outline = loop_segments(section[:-1])
        numbers = [round(number, HASHED_DIGITS) for number in (camber, position, thickness, incidence, self.chord)]
        airfoil = Shape(
            name="airfoil",
            distance=Partial(closed_distance, segments=padded(outline)),
            outline=outline,
            identifier=digest(["airfoil", *numbers]),
        )
        return centred(place(airfoil, (0.0, 0.0), -math.radians(incidence)), centre)
