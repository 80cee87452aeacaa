"""Is a flow of the kind a predictor was trained on? A distance of its geometry, Reynolds number and inflow to theirs.

The score of a flow is its distance to the training flows,

    s^2 = min_k |z - z_k|^2 + w_Re^2 [ln Re]^2 + w_c^2 [c]^2

with z the code of its shape and inflow, c the centre of its solid, and `[x]` the distance of x from the range that the
training flows have of it: a trained shape at another place or Reynolds number within the trained ranges is no farther
than itself. The code of a shape holds the coefficients of its SDF on the POD modes of the training flows' SDFs, and the
norm of what these modes leave. Before, the SDF is clipped to one D around the wall and moved to the centre of its
solid: otherwise the place of a body outweighs its shape.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float32, Float64, Int
from scipy.spatial.distance import cdist

from emulax.core.errors import InputError
from emulax.data import FlowInputs
from emulax.trust.nulls.pod import Pod
from emulax.trust.verdicts import Verdicts, check_rate

_REACH = 1.0
_SHAPE_MODES = 64
_HALF = 0.5 + 1e-6
# Against a distance of shapes that is the root of the integral of the squared difference of their SDFs, lengths in D.
_REYNOLDS_WEIGHT = 0.5
_CENTRE_WEIGHT = 0.5
_INFLOW_WEIGHT = 2.0


@dataclass(frozen=True, eq=False)
class TrainedDomain:
    """What a predictor was trained on, in the form that new flows are compared with.

    Args:
        half_window: Half extent in cells, axes as in the SDF, of what of an SDF is looked at around its solid.
        pod: POD of the training flows' SDFs, clipped and moved.
        codes: Code of each training flow.
        low: Least ln Re and coordinates of the solid's centre in D, x, y[, z], of the training flows.
        high: The greatest.
        calibration: Scores of in-distribution flows that were not trained on, ascending.
        false_alarms: Share of in-distribution flows that may be called out of distribution.
        cells_per_length: Cells in D.
    """

    half_window: Int[np.ndarray, " d"]
    pod: Pod
    codes: Float32[np.ndarray, "train code"]
    low: Float64[np.ndarray, " feature"]
    high: Float64[np.ndarray, " feature"]
    calibration: Float64[np.ndarray, " flow"]
    false_alarms: float
    cells_per_length: int

    @staticmethod
    def fit(
        trained: FlowInputs, held_out: FlowInputs, *, cells_per_length: int, false_alarms: float = 0.05
    ) -> TrainedDomain:
        """Learn the codes of the training flows, and how far flows like them usually are.

        Args:
            trained: The flows a predictor was trained on.
            held_out: Flows drawn like them that it was not trained on.
            cells_per_length: Cells in D.
            false_alarms: Share of flows drawn like them that may be called out of distribution.

        Raises:
            InputError: No training flow with a body, or too few held-out flows for this rate: `1 / rate - 1` at least.
        """
        check_rate(false_alarms, len(held_out), "flows")
        centres = _centres(trained.mask)
        half_window = _half_window(trained.mask, centres, cells_per_length)
        windows = _windows(trained.sdf, centres, half_window, cells_per_length)
        pod = Pod.fit(windows, max_modes=_SHAPE_MODES)
        features = _features(trained, centres, cells_per_length)
        domain = TrainedDomain(
            half_window=half_window,
            pod=pod,
            codes=_codes(pod, windows, trained.inflow),
            low=features.min(axis=0),
            high=features.max(axis=0),
            calibration=np.zeros(0, np.float64),
            false_alarms=false_alarms,
            cells_per_length=cells_per_length,
        )
        return replace(domain, calibration=np.sort(domain.score(held_out)))

    def score(self, inputs: FlowInputs) -> Float64[np.ndarray, " sample"]:
        """Distance of each flow to the training flows."""
        centres = _centres(inputs.mask)
        windows = _windows(inputs.sdf, centres, self.half_window, self.cells_per_length)
        codes = _codes(self.pod, windows, inputs.inflow)
        features = _features(inputs, centres, self.cells_per_length)
        beyond = np.maximum(np.maximum(self.low - features, features - self.high), 0.0)
        weights = np.array([_REYNOLDS_WEIGHT, *[_CENTRE_WEIGHT] * (features.shape[1] - 1)])
        nearest = cdist(codes, self.codes).min(axis=1)
        return np.sqrt(nearest**2 + np.sum((weights * beyond) ** 2, axis=1))

    def judge(self, inputs: FlowInputs) -> Verdicts:
        """Score, p-value and verdict of each flow."""
        return Verdicts.of(self.score(inputs), self.calibration, self.false_alarms)


def _centres(mask: Bool[np.ndarray, " sample *space"]) -> Float64[np.ndarray, "sample d"]:
    """Mean position in cells of each flow's solid, axes as in the mask; the middle of the box where there is none."""
    middle = (np.array(mask.shape[1:], np.float64) - 1.0) / 2.0
    solids = [np.argwhere(~fluid) for fluid in mask]
    return np.stack([solid.mean(axis=0) if len(solid) else middle for solid in solids])


def _half_window(
    mask: Bool[np.ndarray, " sample *space"], centres: Float64[np.ndarray, "sample d"], cells_per_length: int
) -> Int[np.ndarray, " d"]:
    """Half extent of a window around the centre that holds every solid and the clipped SDF around it."""
    reaches = [
        np.abs(np.argwhere(~fluid) - centre).max(axis=0, initial=0.0)
        for fluid, centre in zip(mask, centres, strict=True)
    ]
    largest = np.max(reaches, axis=0)
    if not largest.any():
        raise InputError("trained", "holds no flow with a body")
    return np.ceil(largest + _REACH * cells_per_length).astype(int)


def _windows(
    sdf: Float32[np.ndarray, " sample *space"],
    centres: Float64[np.ndarray, "sample d"],
    half_window: Int[np.ndarray, " d"],
    cells_per_length: int,
) -> Float32[np.ndarray, "sample cells"]:
    """The clipped SDF around each centre, as a vector whose norm is the root of its squared integral.

    Beyond the box the SDF goes on as it comes: its odd reflection at the edge.
    """
    around = [(0, 0), *((half, half) for half in half_window)]
    padded = np.clip(np.pad(sdf, around, mode="reflect", reflect_type="odd"), -_REACH, _REACH)
    # Corners in the padded field, whose cells are half a window farther on; a centre between two cells goes one way.
    corners = np.floor(centres + _HALF).astype(int)
    cut = [
        field[tuple(slice(low, low + 2 * half) for low, half in zip(corner, half_window, strict=True))].ravel()
        for field, corner in zip(padded, corners, strict=True)
    ]
    return np.stack(cut) * np.float32(cells_per_length ** (-0.5 * len(half_window)))


def _codes(
    pod: Pod, windows: Float32[np.ndarray, "sample cells"], inflow: Float32[np.ndarray, " sample *side"]
) -> Float32[np.ndarray, "sample code"]:
    """Coefficients of the shape, the norm of what they leave, and the inflow; distances of codes are those of flows."""
    coefficients = pod.project(windows)
    left = np.linalg.norm(windows - pod.reconstruct(coefficients), axis=1, keepdims=True)
    profile = inflow.reshape(len(inflow), -1)
    profile = profile * np.float32(_INFLOW_WEIGHT / np.sqrt(profile.shape[1]))
    return np.concatenate([coefficients, left, profile], axis=1)


def _features(
    inputs: FlowInputs, centres: Float64[np.ndarray, "sample d"], cells_per_length: int
) -> Float64[np.ndarray, "sample feature"]:
    """What has a trained range: ln Re and the centre of the solid in D, x first."""
    place = (centres[:, ::-1] + 0.5) / cells_per_length
    return np.concatenate([np.log(inputs.reynolds.astype(np.float64))[:, None], place], axis=1)
