"""What a periodic history says: its period, mean and extremes."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from jaxtyping import Float

from emulax_lbm.checks import numbers_of, require_count, require_positive
from emulax_lbm.errors import CaseError

HYSTERESIS = 0.25
"""Part of the half range by which a history must have been below its mean before it counts as rising through it."""

HARMONICS = 8
"""Most harmonics of a periodic part; at most a quarter of the samples in a period."""


@dataclass(frozen=True)
class Oscillation:
    """The periodic part of a history, taken from whole periods.

    Attributes:
        strouhal_number: Periods in a unit of time; with times in D / U the Strouhal number f D / U.
        periods: How many whole periods it was taken from.
        mean: Mean over a period.
        maximum: Largest value in a period, between the samples.
        minimum: Least value in a period.
        remainder: What is not periodic, root mean square over that of the oscillation.
    """

    strouhal_number: float
    periods: int
    mean: float
    maximum: float
    minimum: float
    remainder: float

    @property
    def period(self) -> float:
        """Length of a period."""
        return 1.0 / self.strouhal_number

    @property
    def amplitude(self) -> float:
        """Half the difference of maximum and minimum."""
        return 0.5 * (self.maximum - self.minimum)


def oscillation(
    history: Float[np.ndarray, " time"],
    *,
    interval: float,
    periods: int = 3,
    timed_by: Float[np.ndarray, " other_time"] | None = None,
) -> Oscillation:
    """Measure a periodic history sampled at equal intervals.

        x(t) = a_0 + sum_k [a_k cos(2 pi k f t) + b_k sin(2 pi k f t)] + remainder

    A period lasts from one rise through the mean to the next, the rises lying where the straight line between two
    samples meets the mean. The coefficients are those of least squares over whole periods: what has other frequencies,
    such as sound in the box, is left to the remainder.

    Args:
        history: Samples, such as those of a lift coefficient; some 20 or more in a period.
        interval: Time between two of them.
        periods: The least number of whole periods.
        timed_by: A history with the same times that gives the period in place of this one. The drag of a body that
            sheds vortices, with two crests in a period, is timed by the lift.

    Raises:
        CaseError: Too few periods, values that are not finite, or an interval that is not positive.
    """
    values = numbers_of("history", history, 1)
    clock = values if timed_by is None else numbers_of("timed_by", timed_by, 1)
    require_positive("interval", interval)
    require_count("periods", periods, 1)
    if clock.shape != values.shape:
        raise CaseError("timed_by", f"has {len(clock)} samples, must have as many as the history, {len(values)}")
    rises = _rises(clock - clock.mean()) if len(clock) else clock
    found = max(0, len(rises) - 1)
    if found < periods:
        raise CaseError(
            "history", f"of {len(values) * interval:g} time units holds {found} whole periods, must hold {periods}"
        )
    length = (rises[-1] - rises[0]) / found
    samples = np.arange(np.ceil(rises[0]), np.floor(rises[-1]) + 1.0)
    harmonics = max(1, min(HARMONICS, int(length / 4)))
    basis = _fourier(samples / length, harmonics)
    within = values[samples.astype(int)]
    coefficients = np.linalg.lstsq(basis, within, rcond=None)[0]
    cycle = _fourier(np.linspace(0.0, 1.0, 2_000, endpoint=False), harmonics) @ coefficients
    rest = within - basis @ coefficients
    return Oscillation(
        strouhal_number=float(1.0 / (length * interval)),
        periods=found,
        mean=float(coefficients[0]),
        maximum=float(cycle.max()),
        minimum=float(cycle.min()),
        remainder=float(np.sqrt(np.mean(rest**2)) / np.std(cycle)),
    )


def _fourier(phase: np.ndarray, harmonics: int) -> np.ndarray:
    """One, cosines and sines at a phase in periods."""
    angle = 2.0 * np.pi * phase[:, None] * np.arange(1, harmonics + 1)
    return np.concatenate([np.ones((len(phase), 1)), np.cos(angle), np.sin(angle)], axis=1)


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
