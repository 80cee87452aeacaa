"""What physics says of predictions, beside what it says of the truth."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from emulax import metrics
from emulax.data import FlowData
from emulax.workflows.rows import Row


def residual_rows(predicted: np.ndarray, flows: FlowData) -> list[Row]:
    """Divergence, slip at the wall and error near it."""
    rows = []
    for source, fields in (("predicted", predicted), ("solver", flows.fields)):
        rows += [
            Row(f"trust.{name}.{source}", float(values.mean(dtype=np.float64)), unit, reason="root mean square")
            for name, unit, values in _residuals(fields[..., :2], flows)
        ]
    return rows


def _residuals(velocity: np.ndarray, flows: FlowData) -> Iterator[tuple[str, str, np.ndarray]]:
    n = flows.cells_per_length
    yield "divergence", "U/D", metrics.divergence(velocity, flows.mask, cells_per_length=n)
    yield "no_slip", "U", metrics.no_slip(velocity, flows.mask, sdf=flows.sdf, cells_per_length=n)
