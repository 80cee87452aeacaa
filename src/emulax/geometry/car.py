"""Side profiles of passenger cars."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from emulax.core.errors import InputError

_CORNER_POINTS = 7
_WHEEL_POINTS = 15

Points = Float[np.ndarray, "point 2"]


@dataclass(frozen=True)
class CarProfile:
    """A car from the side, nose at x = 0, driving to the left, on a road at y = 0.

    The body is a polygon with rounded corners: chin, nose, bonnet, windscreen, a roof of two slopes, rear window, deck
    (the lid of a boot; next to nothing on a fastback, an estate or a van), tail, and a flat underbody that rises
    towards both ends. Wheels are the parts of two circles that stand out of the underbody.

    Heights and lengths are in overall heights of the car, positions along it in overall lengths.

    Args:
        length: Overall length.
        ground_clearance: Height of the underbody.
        wheel_radius: Radius of the wheels, larger than the clearance.
        front_overhang: Position of the front axle.
        rear_overhang: Position of the rear axle, from the tail.
        underbody_ends: Position of the ends of the flat underbody between the ends of the car (0) and the wheels (1).
        underbody_rise: How far it rises from there to chin and tail.
        nose_height: Height of the foremost point.
        bonnet_edge: Position of the bonnet's front edge.
        bonnet_edge_height: Its height.
        cowl: Position of the foot of the windscreen.
        cowl_height: Its height.
        windscreen_angle: From the horizontal [degrees].
        roof_front: How far the roof's front edge lies below its highest point.
        roof_rear: The same of its rear edge.
        roof_peak: Where along the roof that highest point lies, 0 to 1.
        rear_window_angle: From the horizontal [degrees].
        deck_height: Height of the foot of the rear window.
        deck_length: Its distance from the tail.
        tail_height: Height of the rearmost point.
        roundness: How much of every edge belongs to the rounded corners, 0 to 1.

    Raises:
        InputError: Settings in an order that no car has, such as a rear window that begins ahead of the roof.
    """

    length: float
    ground_clearance: float
    wheel_radius: float
    front_overhang: float
    rear_overhang: float
    underbody_ends: float
    underbody_rise: float
    nose_height: float
    bonnet_edge: float
    bonnet_edge_height: float
    cowl: float
    cowl_height: float
    windscreen_angle: float
    roof_front: float
    roof_rear: float
    roof_peak: float
    rear_window_angle: float
    deck_height: float
    deck_length: float
    tail_height: float
    roundness: float

    def __post_init__(self) -> None:
        for field in ("underbody_ends", "roof_peak", "roundness"):
            if not 0 <= getattr(self, field) <= 1:
                raise InputError(field, f"is {getattr(self, field)}, must be from 0 to 1")
        for field in ("windscreen_angle", "rear_window_angle"):
            if not 0 < getattr(self, field) < 90:
                raise InputError(field, f"is {getattr(self, field)}, must be between 0 and 90 degrees")
        lip = self.ground_clearance + self.underbody_rise
        front, rear = 1 - self.roof_front, 1 - self.roof_rear
        _check_ascending("heights of the front", (0, lip, self.nose_height, self.bonnet_edge_height, self.cowl_height))
        _check_ascending("heights of the roof's front", (self.cowl_height, front, 1))
        _check_ascending("heights of the rear", (lip, self.tail_height, self.deck_height, rear, 1))
        _check_ascending("underbody and wheels", (0, self.ground_clearance, self.wheel_radius))
        ahead, behind = self._wheels
        reach = self._wheel_reach
        underside = (0, ahead - reach, ahead + reach, behind - reach, behind + reach, self.length)
        _check_ascending("ends and wheels along the car", underside)
        x = self._upper_corners[:, 0]
        _check_ascending("corners of the upper side along the car", (*x[::-1],))

    @property
    def _wheels(self) -> tuple[float, float]:
        return self.front_overhang * self.length, (1 - self.rear_overhang) * self.length

    @property
    def _wheel_reach(self) -> float:
        """Half the length of underbody that a wheel covers: the chord of its circle there."""
        return math.sqrt(max(self.wheel_radius**2 - (self.wheel_radius - self.ground_clearance) ** 2, 0.0))

    @property
    def _upper_corners(self) -> Points:
        """From the tail over the roof to the nose."""
        foot = self.length - self.deck_length
        rear, front = 1 - self.roof_rear, 1 - self.roof_front
        roof_end = foot - (rear - self.deck_height) / math.tan(math.radians(self.rear_window_angle))
        cowl = self.cowl * self.length
        roof_start = cowl + (front - self.cowl_height) / math.tan(math.radians(self.windscreen_angle))
        peak = roof_start + self.roof_peak * (roof_end - roof_start)
        # The deck falls a little towards the tail, which stands a quarter of its length behind it.
        deck_end = self.length - 0.25 * self.deck_length
        fall = 0.25 * (self.deck_height - self.tail_height)
        corners = [
            (self.length, self.tail_height),
            (deck_end, self.deck_height - fall),
            (foot, self.deck_height),
            (roof_end, rear),
            (peak, 1.0),
            (roof_start, front),
            (cowl, self.cowl_height),
            (self.bonnet_edge * self.length, self.bonnet_edge_height),
            (0.0, self.nose_height),
        ]
        return np.array(corners, np.float64)

    def outline(self, *, wheels: bool = True) -> Points:
        """Corners of the closed outline, counter-clockwise, the last joined to the first.

        Args:
            wheels: Draw them; without, the underbody is flat.
        """
        ahead, behind = self._wheels
        reach, floor = self._wheel_reach, self.ground_clearance
        lip = floor + self.underbody_rise
        start = self.underbody_ends * (ahead - reach)
        end = self.length - self.underbody_ends * (self.length - behind - reach)
        front = [(0.25 * start, lip), (start, floor), (ahead - reach, floor)]
        rear = [(behind + reach, floor), (end, floor), (self.length - 0.25 * (self.length - end), lip)]
        middle = [(ahead + reach, floor), (behind - reach, floor)]
        corners = np.concatenate([np.array([*front, *middle, *rear], np.float64), self._upper_corners])
        kept = np.isin(np.arange(len(corners)), [2, 3, 4, 5])
        parts = _rounded(corners, np.where(kept, 0.0, self.roundness))
        if wheels:
            parts[2] = np.concatenate([parts[2], self._tyre(ahead)])
            parts[4] = np.concatenate([parts[4], self._tyre(behind)])
        return np.concatenate(parts)

    def _tyre(self, axle: float) -> Points:
        """The arc of a wheel below the underbody, from front to rear, without its ends."""
        half = math.atan2(self._wheel_reach, self.wheel_radius - self.ground_clearance)
        angles = np.linspace(-half, half, _WHEEL_POINTS + 2)[1:-1]
        arc = np.stack([np.sin(angles), 1 - np.cos(angles)], axis=1)
        return np.array([axle, 0.0], np.float64) + self.wheel_radius * arc


def _rounded(
    corners: Float[np.ndarray, "corner 2"], roundness: Float[np.ndarray, " corner"]
) -> list[Float[np.ndarray, "_ 2"]]:
    """Each corner as a parabola between points on both of its edges, or as it is where its roundness is zero."""
    before = corners + 0.5 * roundness[:, None] * (np.roll(corners, 1, axis=0) - corners)
    after = corners + 0.5 * roundness[:, None] * (np.roll(corners, -1, axis=0) - corners)
    # The halves of an edge that two parabolas share must not touch: repeated points are no outline.
    t = np.linspace(0.02, 0.98, _CORNER_POINTS)[:, None]
    curves = [
        (1 - t) ** 2 * first + 2 * t * (1 - t) * corner + t**2 * last
        for first, corner, last in zip(before, corners, after, strict=True)
    ]
    return [curve if r > 0 else corner[None] for curve, corner, r in zip(curves, corners, roundness, strict=True)]


def _check_ascending(field: str, values: tuple[float, ...]) -> None:
    if not all(low < high for low, high in itertools.pairwise(values)):
        raise InputError(field, f"are {', '.join(f'{value:.3g}' for value in values)}, must ascend")
