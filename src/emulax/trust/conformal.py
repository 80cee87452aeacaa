"""Split-conformal error bars: how far the truth may lie from a prediction, with a stated coverage.

A score is the size of an error over a scale that is known with the prediction. Flows kept from training give the
distribution of scores, and a quantile of it the error bar of the next flow. All that is asked is that this flow could
have been any of them (Vovk, Gammerman & Shafer 2005, doi:10.1007/b106715; Lei et al. 2018,
doi:10.1080/01621459.2017.1307116; Angelopoulos & Bates 2021, arXiv:2107.07511).

Cells of one flow are not exchangeable with those of another, flows are. What holds for `n` calibration flows, whatever
the predictor and the scale (which must not have seen them), on average over calibration sets and flows:

- **cells**: a cell drawn from the fluid of a new flow lies in the band with a probability between `c` and
  `c + 2 / (n + 1)`, the latter if no two scores are equal (hierarchical conformal prediction: Lee, Barber & Willett
  2023, arXiv:2306.06342). Within a flow the errors go together: a band that holds 90 % of all cells holds
  all of most flows and half of some. It says nothing about a given cell.
- **flows**: all cells of a new flow lie in the band at once, with a probability between `c` and `c + 1 / (n + 1)`.
- **numbers**, such as the drag: the same.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Float32, Float64

from emulax.core.errors import InputError

_THRESHOLDS = 4096
_POOLED = 2**20


def scores(
    predicted: Float[np.ndarray, "sample *space channel"],
    true: Float[np.ndarray, "sample *space channel"],
    scale: Float[np.ndarray, "..."],
    mask: Bool[np.ndarray, " sample *space"] | None = None,
    *,
    simultaneous: bool = False,
) -> Float32[np.ndarray, "sample ..."]:
    """Size of the errors over a scale, `|x_p - x| / s`.

    Args:
        predicted: Predicted fields, or numbers such as drag and lift as `sample channel`.
        true: The truth.
        scale: What to measure errors by: positive, and broadcast to `predicted`. `floored` makes one of the spread of
            an ensemble; an array of ones makes bands of equal width.
        mask: True where a value counts, as in fluid; everywhere when None.
        simultaneous: Take the largest score of each flow, for bands that hold whole flows.

    Returns:
        `sample *space channel`, NaN where nothing counts and infinite where a prediction that does is not finite;
        `sample 1` if simultaneous.

    Raises:
        InputError: A flow in which nothing counts, or a scale that is not positive and finite where a value does.
    """
    counts = np.ones(predicted.shape[:-1], bool) if mask is None else mask
    if not counts.reshape(len(counts), -1).any(axis=1).all():
        raise InputError("mask", "leaves nothing that counts in one of the flows")
    widths = np.broadcast_to(scale, predicted.shape)
    kept = widths[counts]
    if not (np.isfinite(kept).all() and (kept > 0.0).all()):
        raise InputError("scale", "must be positive and finite in every cell that counts", "give it a floor")
    found = np.full(predicted.shape, np.nan, np.float32)
    errors = np.abs(predicted[counts] - true[counts]) / kept
    found[counts] = np.where(np.isfinite(errors), errors, np.inf)
    if simultaneous:
        return np.nanmax(found.reshape(len(found), -1), axis=1, keepdims=True)
    return found


def floored(
    spread: Float[np.ndarray, "sample *space channel"], mask: Bool[np.ndarray, " sample *space"], *, share: float = 0.1
) -> Float32[np.ndarray, "sample *space channel"]:
    """A spread as a scale: each flow's own plus a share of its root mean square over the fluid, by channel.

    Members may agree by chance, and an error over no spread is no score.
    """
    inside = mask[..., None]
    cells = tuple(range(1, mask.ndim))
    squares = np.sum(np.where(inside, spread, 0.0) ** 2, axis=cells, keepdims=True, dtype=np.float64)
    mean = squares / np.sum(inside, axis=cells, keepdims=True)
    return np.where(inside, spread + share * np.sqrt(mean), 1.0).astype(np.float32)


@dataclass(frozen=True, eq=False)
class ConformalBand:
    """An error bar `x_p +- quantile * scale`, one quantile per channel.

    Args:
        coverage: What was asked for.
        flows: How many flows calibrated it.
        quantile: Score that is exceeded as seldom as asked for.
    """

    coverage: float
    flows: int
    quantile: Float32[np.ndarray, " channel"]

    @staticmethod
    def calibrate(scores: Float32[np.ndarray, "sample *space channel"], *, coverage: float = 0.9) -> ConformalBand:
        """Find the quantile.

            q = min { s : sum_k F_k(s) >= c (n + 1) }

        with `F_k(s)` the share of flow k's scores that are at most `s`. Where a flow has one score, that is the
        `ceil(c (n + 1))`-th smallest.

        Args:
            scores: Scores of the calibration flows; NaN does not count.
            coverage: Share of what the band is to hold, in (0, 1).

        Raises:
            InputError: A coverage outside (0, 1), or too few flows for it: a finite band needs `n >= c / (1 - c)`.
        """
        _check(len(scores), coverage)
        flat = scores.reshape(len(scores), -1, scores.shape[-1])
        quantile = [_quantile(flat[..., channel], coverage) for channel in range(flat.shape[-1])]
        return ConformalBand(coverage, len(scores), np.array(quantile, np.float32))

    def half_width(self, scale: Float[np.ndarray, "..."]) -> Float[np.ndarray, "..."]:
        """Half of the band's width where the scale is known, channels last."""
        return self.quantile * scale

    def covers(self, scores: Float32[np.ndarray, "sample *space channel"]) -> Float64[np.ndarray, "sample channel"]:
        """Share of each flow's scores that lie in the band, 0 or 1 where a flow has one; NaN does not count."""
        flat = scores.reshape(len(scores), -1, scores.shape[-1])
        return np.sum(flat <= self.quantile, axis=1) / np.sum(~np.isnan(flat), axis=1)


def coverage_over_resplits(
    scores: Float32[np.ndarray, "sample *space channel"],
    *,
    coverage: float = 0.9,
    resplits: int = 200,
    calibration_share: float = 0.5,
    seed: int = 0,
) -> Float64[np.ndarray, "resplit channel"]:
    """Measured coverage: flows are split at random into those that calibrate a band and those that try it, many times.

    Each flow's scores are counted once, against 4096 thresholds or, where there are fewer scores, all of them. A band's
    quantile is one of these, so its coverage exceeds that of the exact one by at most 1 / 4096.

    Args:
        scores: Scores of the held-out flows; NaN does not count.
        coverage: What is asked of the bands.
        resplits: How many times.
        calibration_share: Share of the flows that calibrate.
        seed: Of the random splits.

    Returns:
        The mean over flows of `covers`, for every split. Its mean over splits is to be compared with `coverage`.

    Raises:
        InputError: As for a band, or no flows left to try it on.
    """
    count = round(calibration_share * len(scores))
    _check(count, coverage)
    if count >= len(scores):
        raise InputError("calibration_share", f"is {calibration_share:g}, leaves no flow to try the band on")
    rng = np.random.default_rng(seed)
    order = np.stack([rng.permutation(len(scores)) for _ in range(resplits)])
    calibrates = np.zeros((resplits, len(scores)), np.float64)
    np.put_along_axis(calibrates, order[:, :count], 1.0, axis=1)
    flat = scores.reshape(len(scores), -1, scores.shape[-1])
    found = []
    for channel in range(flat.shape[-1]):
        shares = _shares(flat[..., channel])
        below = calibrates @ shares
        chosen = np.argmax(below >= _level(count, coverage), axis=1)
        held = (shares.sum(axis=0) - below)[np.arange(resplits), chosen]
        found.append(held / (len(scores) - count))
    return np.stack(found, axis=-1)


def _check(flows: int, coverage: float) -> None:
    if not 0.0 < coverage < 1.0:
        raise InputError("coverage", f"is {coverage:g}, must be between 0 and 1")
    if _level(flows, coverage) > flows:
        least = math.ceil(coverage / (1.0 - coverage) - 1e-9)
        raise InputError("flows", f"are {flows}, a band that holds {100 * coverage:g} % needs at least {least}")


def _level(flows: int, coverage: float) -> float:
    """What the shares of the flows must add up to, with room for the round-off of their sum."""
    return coverage * (flows + 1) - 1e-9 * flows


def _quantile(values: Float32[np.ndarray, "sample n"], coverage: float) -> float:
    counts = ~np.isnan(values)
    weight = np.broadcast_to(1.0 / counts.sum(axis=1, keepdims=True), values.shape)[counts]
    kept = values[counts]
    order = np.argsort(kept, kind="stable")
    below = np.cumsum(weight[order])
    return float(kept[order[np.searchsorted(below, _level(len(values), coverage))]])


def _shares(values: Float32[np.ndarray, "sample n"]) -> Float64[np.ndarray, "sample threshold"]:
    """Share of each flow's scores up to each of some thresholds, the last of which holds all."""
    counts = ~np.isnan(values)
    pooled = values[counts]
    some = np.sort(pooled[:: max(1, pooled.size // _POOLED)])
    levels = np.linspace(0, some.size - 1, min(some.size, _THRESHOLDS)).astype(int)
    thresholds = np.append(some[levels], pooled.max())
    return np.stack(
        [
            np.searchsorted(np.sort(row[here]), thresholds, side="right") / here.sum()
            for row, here in zip(values, counts, strict=True)
        ]
    )
