"""`emulax score`: anybody's predictions held against the truth of a dataset."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from emulax.core.errors import InputError
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


def score_rows(fields: np.ndarray, flows: FlowData) -> list[Row]:
    """The rows of predicted fields `sample [z] y x channel`."""
    note, errors = f"{len(flows)} flows", Score("errors", field_errors(fields, flows)).means
    return [
        *(Row(f"score.{name}", value, "rel", reason=note) for name, value in errors.items()),
        *physics_rows("score", fields, flows),
    ]


FORCE_UNITS = {"cd_error": "rel", "cl_error": "rel", "cd_partial_spearman": "1", "cd_spearman_beyond_size": "1"}
"""What `force_errors` measures, and in which unit."""
RESIDUAL_UNITS = {"divergence": "U/D", "no_slip": "U"}
"""The same of `residuals`."""


def physics_rows(prefix: str, fields: np.ndarray, flows: FlowData) -> list[Row]:
    """Errors of drag and lift, and means of the residuals, of predicted fields `sample [z] y x channel`.

    The forces have no value, but the reason, where a body leaves no room for them.
    """
    n, note = flows.cells_per_length, f"{len(flows)} flows"
    means = Score("residuals", residuals(fields, flows.inputs, cells_per_length=n)).means
    found: dict[str, float | None] = dict.fromkeys(FORCE_UNITS)
    force_note = note
    try:
        found |= force_errors(force_coefficients(fields, flows.inputs, cells_per_length=n), flows)
    except InputError as error:
        force_note = str(error)
    no_ranks = "too few flows to rank, or the size explains all drags"
    notes = {name: force_note if value is None or np.isfinite(value) else no_ranks for name, value in found.items()}
    return [
        *(Row(f"{prefix}.{name}", found[name], unit, reason=notes[name]) for name, unit in FORCE_UNITS.items()),
        *(Row(f"{prefix}.{name}", means[name], unit, reason=note) for name, unit in RESIDUAL_UNITS.items()),
    ]
