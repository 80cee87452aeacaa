"""The mean flow: the null model that knows neither shape nor Reynolds number."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32

from emulax.data import FlowData, FlowInputs


@dataclass(frozen=True)
class MeanField:
    """The mean of the training flows over those that have fluid in a cell, cut by the query's mask."""

    mean: Float32[np.ndarray, "*space channel"]

    @staticmethod
    def fit(flows: FlowData) -> MeanField:
        """Average the training flows; a cell that is solid in all of them gets zero."""
        total = flows.fields.sum(axis=0, dtype=np.float64)
        count = np.maximum(flows.mask.sum(axis=0), 1)
        return MeanField((total / count[..., None]).astype(np.float32))

    def predict(self, inputs: FlowInputs) -> Float32[np.ndarray, "sample *space channel"]:
        """The same flow for every sample, zero in its solid."""
        return self.mean * inputs.mask[..., None]
