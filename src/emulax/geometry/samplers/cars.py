"""Random side profiles of passenger cars."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal, get_args

import numpy as np
from jax.tree_util import Partial

from emulax.core.config import digest
from emulax.core.errors import InputError
from emulax.geometry.car import CarProfile
from emulax.geometry.outline import loop_segments, padded
from emulax.geometry.polygon import closed_distance
from emulax.geometry.samplers.placement import Placement, Range, centred, check_names, check_range, generator_of
from emulax.geometry.samplers.primitives import HASHED_DIGITS
from emulax.geometry.shape import Shape

Style = Literal["notchback", "fastback", "estate", "van"]

_COMMON: dict[str, Range] = {
    "ground_clearance": (0.09, 0.15),
    "wheel_radius": (0.20, 0.24),
    "front_overhang": (0.17, 0.22),
    "rear_overhang": (0.16, 0.24),
    "underbody_ends": (0.35, 0.8),
    "underbody_rise": (0.03, 0.10),
    "nose_height": (0.30, 0.40),
    "bonnet_edge": (0.02, 0.06),
    "bonnet_edge_height": (0.46, 0.55),
    "roof_front": (0.03, 0.07),
    "roof_rear": (0.02, 0.08),
    "roof_peak": (0.3, 0.6),
    "tail_height": (0.32, 0.44),
    "roundness": (0.3, 0.9),
}
_OWN: dict[Style, dict[str, Range]] = {
    "notchback": {
        "length": (2.9, 3.4),
        "cowl": (0.26, 0.31),
        "cowl_height": (0.63, 0.70),
        "windscreen_angle": (27.0, 36.0),
        "rear_window_angle": (26.0, 36.0),
        "deck_height": (0.64, 0.72),
        "deck_length": (0.32, 0.52),
    },
    "fastback": {
        "length": (3.1, 3.5),
        "cowl": (0.26, 0.30),
        "cowl_height": (0.62, 0.69),
        "windscreen_angle": (27.0, 34.0),
        "rear_window_angle": (18.0, 25.0),
        "deck_height": (0.62, 0.70),
        "deck_length": (0.04, 0.12),
    },
    "estate": {
        "length": (2.4, 3.3),
        "cowl": (0.24, 0.30),
        "cowl_height": (0.63, 0.70),
        "windscreen_angle": (28.0, 40.0),
        "rear_window_angle": (45.0, 70.0),
        "deck_height": (0.56, 0.66),
        "deck_length": (0.03, 0.08),
    },
    "van": {
        "length": (2.2, 2.8),
        "cowl": (0.13, 0.20),
        "cowl_height": (0.58, 0.66),
        "windscreen_angle": (36.0, 50.0),
        "rear_window_angle": (75.0, 86.0),
        "deck_height": (0.50, 0.60),
        "deck_length": (0.02, 0.06),
    },
}
CAR_RANGES: dict[Style, dict[str, Range]] = {style: _COMMON | own for style, own in _OWN.items()}
"""Lowest and highest value of every setting of `CarProfile`, by style.

Notchback, fastback and estate are the rear ends of the DrivAer body (Heft, Indinger, Adams 2012, doi
10.4271/2012-01-0168); the rear windows of the first two lie within the slants of 0 to 40 degrees that Ahmed, Ramm,
Faltin 1984 (doi 10.4271/840300) studied. The other ranges were chosen around the proportions of production cars.
"""

_LONGEST = max(ranges["length"][1] for ranges in CAR_RANGES.values()) / (1 - _COMMON["ground_clearance"][1])
"""Most length over frontal height of any car; without wheels it lacks its clearance."""


@dataclass(frozen=True)
class CarSampler(Placement):
    """Side profiles of cars, as one body in a free stream, of random style, proportions, size and position.

    Styles are equally likely, and every setting of `CarProfile` is uniform in the range of its style (`CAR_RANGES`).
    There is no road: the profile stands in the stream like any other body. Where its length would exceed
    `max_length` the range of heights ends earlier.

    Args:
        styles: Styles to draw from.
        wheels: Share of the cars that have wheels.
        height: Frontal height [D].
        max_length: Largest extent along the flow [D].

    Source: the test on cars of Guo, Li, Iorio 2016, doi 10.1145/2939672.2939738. The parametrisation is our own.
    """

    styles: tuple[Style, ...] = ("notchback", "fastback", "estate", "van")
    wheels: float = 0.75
    height: Range = (0.6, 1.6)
    max_length: float = 3.2
    centre_x: Range = (0.27, 0.45)

    def __post_init__(self) -> None:
        check_names("styles", self.styles, get_args(Style))
        if not 0 <= self.wheels <= 1:
            raise InputError("wheels", f"is {self.wheels}, must be a share from 0 to 1")
        check_range("height", self.height)
        shortest = self.height[0] * _LONGEST
        if not self.max_length >= shortest:
            raise InputError(
                "max_length", f"is {self.max_length} D, must be at least {shortest:.3g} D for cars of this height"
            )
        self.check_room(self.max_length, self.height[1])

    def sample(self, seed: int, index: int) -> Shape:
        """Car number `index` of the sequence `seed`; it does not depend on which others are drawn.

        Raises:
            InputError: A negative seed or index.
        """
        generator = generator_of(seed, index)
        style = self.styles[int(generator.integers(len(self.styles)))]
        wheels = bool(generator.random() < self.wheels)
        settings = {
            field.name: float(generator.uniform(*CAR_RANGES[style][field.name])) for field in fields(CarProfile)
        }
        fraction = float(generator.random())
        centre = self.centre(generator)

        corners = CarProfile(**settings).outline(wheels=wheels)
        length, high = np.ptp(corners, axis=0)
        tallest = min(self.height[1], self.max_length * float(high / length))
        height = self.height[0] + fraction * (tallest - self.height[0])
        outline = loop_segments(corners * (height / high))
        numbers = [round(number, HASHED_DIGITS) for number in (*settings.values(), height)]
        car = Shape(
            name=style,
            distance=Partial(closed_distance, segments=padded(outline)),
            outline=outline,
            identifier=digest([style, wheels, *numbers]),
        )
        return centred(car, centre)
