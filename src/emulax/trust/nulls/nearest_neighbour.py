"""The nearest training flow: the null model that only remembers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32
from sklearn.neighbors import NearestNeighbors

from emulax.core.errors import InputError
from emulax.data import FlowData, FlowInputs
from emulax.metrics import rel_l2
from emulax.trust.nulls.case_space import REYNOLDS_WEIGHTS, shape_vectors, with_reynolds


@dataclass(frozen=True)
class NearestNeighbour:
    """The training flow nearest in shape and Reynolds number, cut by the query's mask.

    The distance of two flows is `d^2 = mean (s - s')^2 + w^2 ln(Re / Re')^2` with the SDFs `s` clipped to
    one D. The weight `w` is the one of a short list with the least `rel_l2` when each training flow is
    predicted from the others.
    """

    fields: Float32[np.ndarray, "sample *space channel"]
    reynolds_weight: float
    index: NearestNeighbors

    @staticmethod
    def fit(flows: FlowData) -> NearestNeighbour:
        """Store the training flows and choose the weight of the Reynolds number.

        Raises:
            InputError: Fewer than two training flows.
        """
        if len(flows) < 2:
            raise InputError("flows", f"hold {len(flows)} sample, nearest neighbours need at least 2")
        shapes = shape_vectors(flows.sdf)
        indices = {weight: _index(with_reynolds(shapes, flows.reynolds, weight)) for weight in REYNOLDS_WEIGHTS}
        errors = {weight: _leave_one_out(index, flows) for weight, index in indices.items()}
        weight = min(errors, key=errors.__getitem__)
        return NearestNeighbour(flows.fields, weight, indices[weight])

    def predict(self, inputs: FlowInputs) -> Float32[np.ndarray, "sample *space channel"]:
        """The nearest training flow of every sample, zero in its solid."""
        cases = with_reynolds(shape_vectors(inputs.sdf), inputs.reynolds, self.reynolds_weight)
        nearest = np.ravel(self.index.kneighbors(cases, return_distance=False))
        return self.fields[nearest] * inputs.mask[..., None]


def _index(cases: Float32[np.ndarray, "sample features"]) -> NearestNeighbors:
    return NearestNeighbors(n_neighbors=1, algorithm="brute").fit(cases)


def _leave_one_out(index: NearestNeighbors, flows: FlowData) -> float:
    """Mean error over the training flows, each predicted from its nearest other."""
    nearest = np.ravel(index.kneighbors(return_distance=False))
    return float(rel_l2(flows.velocity[nearest], flows.velocity, flows.mask).mean())
