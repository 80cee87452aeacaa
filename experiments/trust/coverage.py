"""Do error bars hold what they say? Split-conformal bands over many random splits of the held-out flows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from config import COVERAGE, RESPLITS
from jaxtyping import Float32

from emulax.data import FlowData
from emulax.trust import (
    ConformalBand,
    EnsemblePrediction,
    coverage_over_resplits,
    floored,
    force_coefficients,
    scores,
)
from emulax.workflows.rows import Limit, Row

CHANNELS = ("u", "v", "p")
ASKED = Limit("within", COVERAGE, 0.02)


@dataclass(frozen=True, eq=False)
class BandScores:
    """How far predictions are off, in units of the bands' scale.

    Attributes:
        scale: Spread of the ensemble, with a floor.
        pixels: Errors over the scale; NaN in solid.
        flows: The largest of each flow.
        forces: Errors of drag and lift, over the drag and as they are.
    """

    scale: Float32[np.ndarray, "sample y x channel"]
    pixels: Float32[np.ndarray, "sample y x channel"]
    flows: Float32[np.ndarray, "sample 1"]
    forces: Float32[np.ndarray, "sample 2"]


def band_scores(predicted: EnsemblePrediction, flows: FlowData) -> BandScores:
    """Scores of an ensemble's fields, and of the forces of their mean."""
    scale = floored(predicted.spread, flows.mask)
    forces = force_coefficients(predicted.mean, flows.inputs, cells_per_length=flows.cells_per_length)
    true = np.stack([flows.drag_coefficient, flows.lift_coefficient], axis=1).astype(np.float64)
    # Drag errors grow with the drag; lift may be zero, so its bars have one width.
    widths = np.stack([np.abs(forces[:, 0]), np.ones(len(flows))], axis=1)
    return BandScores(
        scale,
        scores(predicted.mean, flows.fields, scale, flows.mask),
        scores(predicted.mean, flows.fields, scale, flows.mask, simultaneous=True),
        scores(forces, true, widths),
    )


def coverage_rows(found: BandScores, flows: FlowData) -> list[Row]:
    """Coverage and width of bands for pixels, whole flows, drag and lift."""
    note = f"mean of {RESPLITS} re-splits of {len(flows)} flows"
    by_channel, (flow,), (cd, cl) = (
        coverage_over_resplits(of, coverage=COVERAGE, resplits=RESPLITS).mean(axis=0)
        for of in (found.pixels, found.flows, found.forces)
    )
    force_band = ConformalBand.calibrate(found.forces)
    bands = {"": found.pixels, "flows.": found.flows}
    widths = {kind: ConformalBand.calibrate(of).half_width(found.scale) for kind, of in bands.items()}
    rows = [
        Row("trust.coverage.pixels", float(by_channel.mean()), "1", ASKED, reason=f"u, v and p, {note}"),
        Row("trust.coverage.flows", float(flow), "1", ASKED, reason=f"share of flows wholly covered, {note}"),
        Row("trust.coverage.cd", float(cd), "1", ASKED, reason=note),
        Row("trust.coverage.cl", float(cl), "1", ASKED, reason=note),
        Row("trust.width.cd", float(force_band.quantile[0]), "rel", reason="half width over the drag"),
        Row("trust.width.cl", float(force_band.quantile[1]), "1", reason="half width"),
    ]
    for channel, name in enumerate(CHANNELS):
        rows.append(Row(f"trust.coverage.{name}", float(by_channel[channel]), "1", reason=note))
        unit = "U" if name != "p" else "rho U^2"
        for kind, width in widths.items():
            mean = float(width[..., channel][flows.mask].mean(dtype=np.float64))
            of = "whole flows" if kind else "pixels"
            rows.append(Row(f"trust.width.{kind}{name}", mean, unit, reason=f"mean half width, bands of {of}"))
    return rows


def coverage_by_level(found: BandScores, levels: Sequence[float]) -> dict[str, list[float]]:
    """Mean coverage of bands for which other levels are asked."""
    kinds = {"pixels": found.pixels, "whole flows": found.flows, "drag": found.forces[:, :1]}
    return {
        kind: [float(coverage_over_resplits(of, coverage=level, resplits=RESPLITS).mean()) for level in levels]
        for kind, of in kinds.items()
    }
