"""What a periodic history says: its period, mean and extremes."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from jaxtyping import Float

from emulax_lbm.errors import CaseError

HYSTERESIS = 0.25
"""Part of the half range by which a signal must have been below the mean before it is said to rise through it again:
small ripples are no periods."""


@dataclass(frozen=True)
class Oscillation:
    """A history over whole periods.

    Attributes:
        strouhal_number: Periods in a unit of time; with times in D / U the Strouhal number f D / U.
        periods: How many whole periods it was taken from.
        mean: Over these periods.
        maximum: The largest value, between the samples.
        minimum: The least.
        spread: Difference of the largest and the least of the periods' maxima, over the whole range: how far from
            periodic it is.
    """

    strouhal_number: float
    periods: int
    mean: float
    maximum: float
    minimum: float
    spread: float

    @property
    def period(self) -> float:
        """Length of a period."""
        return 1.0 / self.strouhal_number

    @property
    def amplitude(self) -> float:
        """Half the difference of maximum and minimum."""
        return 0.5 * (self.maximum - self.minimum)


def oscillation(history: Float[np.ndarray, " time"], *, interval: float, periods: int = 3) -> Oscillation:
    """Measure a periodic history sampled at equal intervals.

    A period lasts from one rise through the mean to the next; the mean is that over whole periods. The rises lie where
    the straight line between two samples meets the mean, extremes where the parabola through three samples turns.

    Args:
        history: Samples, such as those of a lift coefficient; 20 or more in a period give four digits.
        interval: Time between two of them.
        periods: The least number of whole periods.

    Raises:
        CaseError: Too few periods, values that are not finite, or an interval that is not positive.
    """
    values = np.asarray(history, np.float64)
    if not interval > 0.0:
        raise CaseError("interval", f"is {interval}, must be positive")
    if periods < 1:
        raise CaseError("periods", f"is {periods}, must be at least 1")
    if not np.all(np.isfinite(values)):
        raise CaseError("history", "holds values that are not finite")
    rises = _whole_periods(values) if len(values) else values
    found = max(0, len(rises) - 1)
    if found < periods:
        raise CaseError(
            "history", f"of {len(values) * interval:g} time units holds {found} whole periods, must hold {periods}"
        )
    crests = [_turn(values, a, b) for a, b in pairwise(rises)]
    troughs = [-_turn(-values, a, b) for a, b in pairwise(rises)]
    return Oscillation(
        strouhal_number=float(found / ((rises[-1] - rises[0]) * interval)),
        periods=found,
        mean=_mean(values, rises[0], rises[-1]),
        maximum=max(crests),
        minimum=min(troughs),
        spread=(max(crests) - min(crests)) / (max(crests) - min(troughs)),
    )


def _whole_periods(values: np.ndarray) -> np.ndarray:
    """Where the history rises through its mean over whole periods, in samples."""
    mean = values.mean()
    rises = _rises(values - mean)
    for _ in range(5):  # the mean over a part of a period more or less is a little off, and the rises with it
        if len(rises) < 2:
            break
        mean = _mean(values, rises[0], rises[-1])
        rises = _rises(values - mean)
    return rises


def _rises(values: np.ndarray) -> np.ndarray:
    """Where values rise through zero, after having been well below it."""
    depth = 0.5 * HYSTERESIS * np.ptp(values)
    found, armed = [], False
    for k, (here, after) in enumerate(pairwise(values)):
        armed |= here < -depth
        if armed and here < 0.0 <= after:
            found.append(k + here / (here - after))
            armed = False
    return np.array(found)


def _mean(values: np.ndarray, start: float, end: float) -> float:
    """Mean between two places, values in between on straight lines."""
    inner = np.arange(np.ceil(start), np.floor(end) + 1.0)
    places = np.concatenate([[start], inner, [end]])
    return float(np.trapezoid(np.interp(places, np.arange(len(values)), values), places) / (end - start))


def _turn(values: np.ndarray, start: float, end: float) -> float:
    """The maximum between two places: that of the parabola through the largest value and its neighbours."""
    first = int(np.ceil(start))
    top = first + int(np.argmax(values[first : int(np.floor(end)) + 1]))
    if not 0 < top < len(values) - 1:
        return float(values[top])
    before, here, after = values[top - 1 : top + 2]
    bend = before - 2.0 * here + after
    return float(here - (before - after) ** 2 / (8.0 * bend)) if bend < 0.0 else float(here)
