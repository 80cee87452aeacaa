"""Do error bars hold what they say? Split-conformal bands over many random splits of the held-out flows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from config import COVERAGE, RESPLITS
from jaxtyping import Float32, Float64

from emulax.data import FlowData
from emulax.trust import (
    ConformalBand,
    EnsemblePrediction,
    coverage_over_resplits,
    floored,
    force_coefficients,
    force_scores,
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
    return BandScores(
        scale,
        scores(predicted.mean, flows.fields, scale, flows.mask),
        scores(predicted.mean, flows.fields, scale, flows.mask, simultaneous=True),
        force_scores(forces, flows),
    )


def coverage_rows(found: BandScores, flows: FlowData) -> list[Row]:
    """Coverage and width of bands for pixels, whole flows, drag and lift."""
    note = f"mean of {RESPLITS} re-splits of {len(flows)} flows"
    by_channel, (flow,), (cd, cl) = (
        coverage_over_resplits(of, coverage=COVERAGE, resplits=RESPLITS).T
        for of in (found.pixels, found.flows, found.forces)
    )
    force_band = ConformalBand.calibrate(found.forces)
    bands = {"": found.pixels, "flows.": found.flows}
    widths = {kind: ConformalBand.calibrate(of).half_width(found.scale) for kind, of in bands.items()}
    rows = [
        _coverage_row("pixels", by_channel.mean(axis=0), f"u, v and p, {note}", ASKED),
        _coverage_row("flows", flow, f"share of flows wholly covered, {note}", ASKED),
        _coverage_row("cd", cd, note, ASKED),
        _coverage_row("cl", cl, note, ASKED),
        Row("trust.width.cd", float(force_band.quantile[0]), "rel", reason="half width over the drag"),
        Row("trust.width.cl", float(force_band.quantile[1]), "1", reason="half width"),
    ]
    for channel, name in enumerate(CHANNELS):
        rows.append(_coverage_row(name, by_channel[channel], note))
        unit = "U" if name != "p" else "rho U^2"
        for kind, width in widths.items():
            mean = float(width[..., channel][flows.mask].mean(dtype=np.float64))
            of = "whole flows" if kind else "pixels"
            rows.append(Row(f"trust.width.{kind}{name}", mean, unit, reason=f"mean half width, bands of {of}"))
    return rows


def _coverage_row(name: str, by_resplit: Float64[np.ndarray, " resplit"], note: str, limit: Limit | None = None) -> Row:
    spread = f"{note}, standard deviation {by_resplit.std(ddof=1):.2g}"
    return Row(f"trust.coverage.{name}", float(by_resplit.mean()), "1", limit, reason=spread)


def coverage_by_level(found: BandScores, levels: Sequence[float]) -> dict[str, list[float]]:
    """Mean coverage of bands for which other levels are asked."""
    kinds = {"pixels": found.pixels, "whole flows": found.flows, "drag": found.forces[:, :1]}
    return {
        kind: [float(coverage_over_resplits(of, coverage=level, resplits=RESPLITS).mean()) for level in levels]
        for kind, of in kinds.items()
    }
