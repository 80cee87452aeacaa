"""`emulax score`: anybody's predictions held against the truth of a dataset."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from emulax.data import FlowData, load_flows, read_predictions
from emulax.trust import Score, field_errors, force_coefficients, force_errors, residuals
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
    found = read_predictions(Path(predictions), cells_per_length=flows.cells_per_length)
    return score_rows(found.of(flows), flows)


_UNITS = {"cd_partial_spearman": "1", "cd_spearman_beyond_size": "1", "divergence": "U/D", "no_slip": "U"}


def score_rows(fields: np.ndarray, flows: FlowData) -> list[Row]:
    """The rows of predicted fields `sample [z] y x channel`."""
    forces = force_coefficients(fields, flows.inputs, cells_per_length=flows.cells_per_length)
    found = (
        Score("errors", field_errors(fields, flows)).means
        | force_errors(forces, flows)
        | Score("residuals", residuals(fields, flows)).means
    )
    note = f"{len(flows)} flows"
    return [Row(f"score.{name}", value, _UNITS.get(name, "rel"), reason=note) for name, value in found.items()]
