"""From scores to verdicts: how many of those that are known to be in distribution score as much?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64

from emulax.core.errors import InputError


@dataclass(frozen=True, eq=False)
class Verdicts:
    """What was found out about each sample.

    Attributes:
        score: Distance to the training data; 0 for one of them.
        p_value: Share of in-distribution samples that would score as much or more: for one of them it is at most `a`
            with a probability of at most `a`, whatever the samples (a conformal p-value, Vovk et al. 2005,
            doi:10.1007/b106715).
        out_of_distribution: Whether that share is at most the rate of false alarms.
    """

    score: Float64[np.ndarray, " sample"]
    p_value: Float64[np.ndarray, " sample"]
    out_of_distribution: Bool[np.ndarray, " sample"]

    @staticmethod
    def of(
        score: Float64[np.ndarray, " sample"], calibration: Float64[np.ndarray, " known"], false_alarms: float
    ) -> Verdicts:
        """The verdicts on scores.

        Args:
            score: The scores.
            calibration: Scores of in-distribution samples that were not trained on, ascending.
            false_alarms: Share of in-distribution samples that may be called out of distribution.
        """
        as_far = len(calibration) - np.searchsorted(calibration, score, side="left")
        p_value = (1.0 + as_far) / (1.0 + len(calibration))
        return Verdicts(score, p_value, p_value <= false_alarms)


def check_rate(false_alarms: float, samples: int, name: str) -> None:
    """Refuse a rate of false alarms that is none, or that takes more samples than there are.

    Raises:
        InputError: The rate is not between 0 and 1, or there are fewer than `1 / rate - 1` held-out samples.
    """
    if not 0.0 < false_alarms < 1.0:
        raise InputError("false_alarms", f"is {false_alarms:g}, must be between 0 and 1")
    if (samples + 1) * false_alarms < 1.0:
        least = int(np.ceil(1.0 / false_alarms - 1e-9)) - 1
        raise InputError("held_out", f"are {samples} {name}, a rate of {false_alarms:g} needs at least {least}")
