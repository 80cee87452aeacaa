"""`emulax score`: anybody's predictions held against the truth of a dataset."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from emulax import metrics
from emulax.data import FlowData, load_flows, read_predictions
from emulax.metrics import partial_spearman
from emulax.trust import field_errors, force_coefficients
from emulax.workflows.rows import Row
from emulax.workflows.runs import dataset_directory


def score(predictions: Path, dataset: str | Path, *, split: str = "test") -> list[Row]:
    """Score a file of predictions: errors of the fields, of drag and lift, and what physics says of them.

    Args:
        predictions: NetCDF file with `sample`, `velocity` and `pressure`, as `evaluate --predictions` writes it.
        dataset: Directory of the dataset, or the name of one generated to its usual place.
        split: Which flows must be there; others are not looked at.

    Raises:
        InputError: A file that is not predictions, or that lacks a flow, has other cells or values that are not finite.
    """
    flows = load_flows(dataset_directory(dataset), split)
    return score_rows(read_predictions(Path(predictions)).of(flows), flows)


def score_rows(fields: np.ndarray, flows: FlowData) -> list[Row]:
    """The rows of predicted fields `sample y x channel`."""
    n = flows.cells_per_length
    note = f"mean of {len(flows)} flows"
    errors = {name: float(values.mean(dtype=np.float64)) for name, values in field_errors(fields, flows).items()}
    rows = [Row(f"score.{name}", value, "rel", reason=note) for name, value in errors.items()]
    drag, lift = force_coefficients(fields, flows.inputs, cells_per_length=n).T
    known = np.stack([flows.height, flows.length, flows.reynolds], axis=1)
    given = "given height, length and Reynolds number"
    size = float(np.abs(flows.drag_coefficient).mean())
    rows += [
        Row("score.cd_error", float(np.abs(drag / flows.drag_coefficient - 1).mean()), "rel", reason=note),
        Row("score.cl_error", float(np.abs(lift - flows.lift_coefficient).mean()) / size, "rel", reason="by mean drag"),
        Row("score.cd_partial_spearman", partial_spearman(drag, flows.drag_coefficient, known), reason=given),
    ]
    velocity = fields[..., :2]
    residuals = {
        "divergence": metrics.divergence(velocity, flows.mask, cells_per_length=n),
        "no_slip": metrics.no_slip(velocity, flows.mask, sdf=flows.sdf, cells_per_length=n),
    }
    units = {"divergence": "U/D", "no_slip": "U"}
    rows += [Row(f"score.{name}", float(np.mean(found)), units[name], reason=note) for name, found in residuals.items()]
    return rows
