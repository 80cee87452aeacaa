"""Error bars of a run's predictions: half widths that its validation flows calibrate when the training is done."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float32, Float64

from emulax.core.config import from_dict, to_dict
from emulax.core.errors import InputError
from emulax.core.files import write_text
from emulax.data import FlowData
from emulax.trust import ConformalBand, force_coefficients, force_scores, scores

BARS_NAME = "error_bars.json"
COVERAGE = 0.9


@dataclass(frozen=True)
class ErrorBars:
    """Half widths which the errors of flows like the training flows exceed as seldom as stated.

    Args:
        coverage: Share of cells, and of flows, whose errors are within them.
        flows: Flows that calibrated them.
        fields: By channel u, v[, w] (units of U) and p (units of rho U^2), for a cell of the fluid.
        drag: Over the predicted drag; None where a body left no room for the balance of momentum.
        lift: Of the lift coefficient; None likewise.
    """

    coverage: float
    flows: int
    fields: tuple[float, ...]
    drag: float | None
    lift: float | None

    @staticmethod
    def calibrate(predicted: Float32[np.ndarray, "sample *space channel"], flows: FlowData) -> ErrorBars:
        """Half widths from the predicted fields of flows that were not trained on.

        Raises:
            InputError: Too few flows for the coverage: of nine in ten, fewer than nine.
        """
        fields = ConformalBand.calibrate(_field_scores(predicted, flows), coverage=COVERAGE)
        drag, lift = None, None
        forces = _forces(predicted, flows)
        if forces is not None:
            band = ConformalBand.calibrate(force_scores(forces, flows), coverage=COVERAGE)
            drag, lift = map(float, band.quantile)
        return ErrorBars(COVERAGE, len(flows), tuple(map(float, fields.quantile)), drag, lift)

    def coverages(self, predicted: Float32[np.ndarray, "sample *space channel"], flows: FlowData) -> dict[str, float]:
        """Share that they hold of other flows: `cells`, mean over flows and channels, `cd` and `cl`."""
        found = {"cells": self._held(self.fields, _field_scores(predicted, flows))}
        forces = _forces(predicted, flows)
        if forces is not None and self.drag is not None and self.lift is not None:
            by_force = force_scores(forces, flows)
            found["cd"] = self._held((self.drag,), by_force[:, :1])
            found["cl"] = self._held((self.lift,), by_force[:, 1:])
        return found

    def _held(self, half_widths: tuple[float, ...], found: np.ndarray) -> float:
        return float(ConformalBand(self.coverage, self.flows, np.array(half_widths, np.float32)).covers(found).mean())

    def write(self, directory: Path) -> None:
        """Write them beside the run.

        Raises:
            RunError: The file could not be written.
        """
        write_text(directory / BARS_NAME, json.dumps(to_dict(self), indent=1) + "\n")


def read_error_bars(directory: Path) -> ErrorBars | None:
    """The error bars of a run; None where too few flows calibrated any.

    Raises:
        InputError: The file is damaged.
    """
    path = directory / BARS_NAME
    if not path.exists():
        return None
    try:
        return from_dict(ErrorBars, json.loads(path.read_text(encoding="utf-8")), "error bars")
    except (OSError, ValueError, InputError) as error:
        raise InputError(str(path), f"is damaged: {error}", "delete it and train again") from error


def _field_scores(predicted: Float32[np.ndarray, "sample *space channel"], flows: FlowData) -> np.ndarray:
    return scores(predicted, flows.fields, np.ones(predicted.shape[-1], np.float32), flows.mask)


def _forces(predicted: np.ndarray, flows: FlowData) -> Float64[np.ndarray, "sample d"] | None:
    """Forces of predicted fields, if all are to be had and no drag, over which errors are taken, is zero."""
    try:
        forces = force_coefficients(predicted, flows.inputs, cells_per_length=flows.cells_per_length)
    except InputError:
        return None
    return forces if np.isfinite(forces).all() and forces[:, 0].all() else None
