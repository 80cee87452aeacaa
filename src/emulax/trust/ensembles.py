"""Ensembles: several predictors that differ in their seed alone, and how far they disagree."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

import numpy as np
from jaxtyping import Float, Float32, Float64

from emulax.core.errors import InputError

Inputs = TypeVar("Inputs")


class EnsemblePrediction(NamedTuple):
    """What an ensemble predicts.

    Attributes:
        mean: Mean over the members, in their units.
        spread: Standard deviation over the members, in the same units.
    """

    mean: Float32[np.ndarray, "sample *space channel"]
    spread: Float32[np.ndarray, "sample *space channel"]


@dataclass(frozen=True)
class Ensemble(Generic[Inputs]):
    """Predictors trained alike from different seeds, whatever they predict from.

    Their disagreement shows where the training data leave the answer open. It is not an error bar: members that are
    wrong alike agree. `conformal` makes error bars of it.

    Source: Lakshminarayanan, Pritzel & Blundell 2017, arXiv:1612.01474, without its likelihoods.

    Args:
        members: At least two predictors.

    Raises:
        InputError: Fewer than two members.
    """

    members: Sequence[Callable[[Inputs], Float[np.ndarray, "sample *space channel"]]]

    def __post_init__(self) -> None:
        if len(self.members) < 2:
            raise InputError("members", f"are {len(self.members)}, a spread needs at least 2")

    def predict(self, inputs: Inputs) -> EnsemblePrediction:
        """Mean and spread of the members, one pass over them (Welford 1962, doi:10.1080/00401706.1962.10490022)."""
        mean = np.zeros((), np.float64)
        squares = np.zeros((), np.float64)
        for count, member in enumerate(self.members, start=1):
            fields = member(inputs)
            step = fields - mean
            mean = mean + step / count
            squares = squares + step * (fields - mean)
        return EnsemblePrediction(mean.astype(np.float32), _deviation(squares, len(self.members)))

    def mean(self, inputs: Inputs) -> Float32[np.ndarray, "sample *space channel"]:
        """The mean alone: the ensemble as a predictor."""
        return self.predict(inputs).mean


def _deviation(squares: Float64[np.ndarray, "..."], members: int) -> Float32[np.ndarray, "..."]:
    """Standard deviation of a sample of members, whose mean took one of their degrees of freedom."""
    return np.sqrt(squares / (members - 1)).astype(np.float32)
