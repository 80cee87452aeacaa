"""Does a predictor look at the geometry at all? Take the shape away, or swap it, and its error must rise."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float32, Int, Shaped

from emulax.core.errors import InputError
from emulax.data import FlowData
from emulax.metrics import rel_l2
from emulax.trust.protocol import Predictor


@dataclass(frozen=True)
class Sensitivity:
    """Mean `rel_l2` of a predictor that sees the true geometry, none, and that of another sample.

    A ratio near one says that the predictor ignores the shape.
    """

    error: float
    blank_error: float
    shuffled_error: float

    @property
    def blank_ratio(self) -> float:
        """Error without a shape over error."""
        return self.blank_error / self.error

    @property
    def shuffled_ratio(self) -> float:
        """Error with a wrong shape over error."""
        return self.shuffled_error / self.error


def sensitivity(predict: Predictor, flows: FlowData, *, seed: int) -> Sensitivity:
    """Measure how the error rises when the geometry is blanked or shuffled; Reynolds numbers and truth stay.

    Blank is open flow: all cells fluid, the SDF everywhere at its largest value in `flows`. Shuffled gives
    every sample the shape of another geometry.

    Args:
        predict: The predictor under test.
        flows: Flows with their truth; errors are taken over each flow's own fluid cells.
        seed: Seed of the shuffle.

    Raises:
        InputError: All flows share one geometry, so there is nothing to shuffle.
    """
    donor = _other_geometry(flows.geometry_id, seed)

    def error(sdf: Float32[np.ndarray, " sample *space"], mask: Bool[np.ndarray, " sample *space"]) -> float:
        predicted = predict(replace(flows.inputs, sdf=sdf, mask=mask))
        return float(rel_l2(predicted[..., :-1], flows.velocity, flows.mask).mean())

    return Sensitivity(
        error=error(flows.sdf, flows.mask),
        blank_error=error(np.full_like(flows.sdf, flows.sdf.max()), np.ones_like(flows.mask)),
        shuffled_error=error(flows.sdf[donor], flows.mask[donor]),
    )


def _other_geometry(geometry_id: Shaped[np.ndarray, " sample"], seed: int) -> Int[np.ndarray, " sample"]:
    """For each sample the index of one with another geometry, the next in a random cycle of geometries."""
    names, first, inverse = np.unique(geometry_id, return_index=True, return_inverse=True)
    if len(names) < 2:
        raise InputError("flows", f"have {len(names)} geometry, the shuffle needs at least 2")
    cycle = np.random.default_rng(seed).permutation(len(names))
    successor = np.empty_like(cycle)
    successor[cycle] = np.roll(cycle, -1)
    return first[successor[inverse]]
