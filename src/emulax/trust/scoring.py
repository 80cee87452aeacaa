"""The error table: models and null models measured by the same code on the same flows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Float64

from emulax import metrics
from emulax.data import FlowData, FlowInputs
from emulax.trust.conformal import scores
from emulax.trust.protocol import Predictor


@dataclass(frozen=True)
class Score:
    """Errors of one predictor.

    Args:
        name: Name of the predictor.
        errors: Error of every sample by metric, in the order of the flows.
    """

    name: str
    errors: Mapping[str, Float32[np.ndarray, " sample"]]

    @property
    def means(self) -> dict[str, float]:
        """Mean over samples by metric."""
        return {metric: float(values.mean(dtype=np.float64)) for metric, values in self.errors.items()}


def score(predictors: Mapping[str, Predictor], flows: FlowData) -> list[Score]:
    """Evaluate named predictors on `flows`, one `Score` each, in order."""
    return [Score(name, field_errors(predict(flows.inputs), flows)) for name, predict in predictors.items()]


def force_errors(forces: Float64[np.ndarray, "sample d"], flows: FlowData) -> dict[str, float]:
    """How well predicted drag and lift coefficients do.

    Returns:
        `cd_error`, the mean error of the drag over the drag; `cl_error`, that of the lift over the mean drag, since a
        lift may be zero; `cd_partial_spearman`, the rank correlation of the drag given height, length and Reynolds
        number, by which any family of bodies can nearly be ranked; `cd_spearman_beyond_size`, that of the drag over
        what any law of these three gives.
    """
    drag, lift, true = forces[:, 0], forces[:, 1], flows.drag_coefficient
    size = float(np.abs(true).mean(dtype=np.float64))
    known = np.stack([flows.height, flows.length, flows.reynolds], axis=1)
    return {
        "cd_error": float(np.abs(drag / true - 1).mean()),
        "cl_error": float(np.abs(lift - flows.lift_coefficient).mean()) / size,
        "cd_partial_spearman": metrics.partial_spearman(drag, true, known),
        "cd_spearman_beyond_size": metrics.spearman_beyond_size(drag, true, known),
    }


def force_scores(forces: Float64[np.ndarray, "sample d"], flows: FlowData) -> Float32[np.ndarray, "sample 2"]:
    """Errors for bands of drag and lift: of the drag over the predicted one, with which it grows, and of the lift."""
    true = np.stack([flows.drag_coefficient, flows.lift_coefficient], axis=1).astype(np.float64)
    widths = np.stack([np.abs(forces[:, 0]), np.ones(len(flows))], axis=1)
    return scores(forces[:, :2], true, widths)


def residuals(
    fields: Float32[np.ndarray, "sample *space channel"], inputs: FlowInputs, *, cells_per_length: int
) -> dict[str, Float32[np.ndarray, " sample"]]:
    """What physics says of fields without their truth: `divergence` in units of U / D, `no_slip` in units of U."""
    velocity, mask, n = fields[..., :-1], inputs.mask, cells_per_length
    return {
        "divergence": metrics.divergence(velocity, mask, cells_per_length=n),
        "no_slip": metrics.no_slip(velocity, mask, sdf=inputs.sdf, cells_per_length=n),
    }


def field_errors(
    predicted: Float32[np.ndarray, "sample *space channel"], flows: FlowData
) -> dict[str, Float32[np.ndarray, " sample"]]:
    """Error of every sample by metric: `rel_l2`, `pointwise`, `perturbation`, `wall_band` and `pressure`."""
    velocity, true, mask = predicted[..., :-1], flows.velocity, flows.mask
    return {
        "rel_l2": metrics.rel_l2(velocity, true, mask),
        "pointwise": metrics.pointwise(velocity, true, mask),
        "perturbation": metrics.perturbation(velocity, true, mask, inflow=flows.inflow),
        "wall_band": metrics.wall_band(velocity, true, mask, sdf=flows.sdf, cells_per_length=flows.cells_per_length),
        "pressure": metrics.pressure_rel_l2(predicted[..., -1], flows.pressure, mask),
    }
