"""Do error bars hold what they say? Split-conformal bands over many random splits of the held-out flows."""

from __future__ import annotations

import numpy as np
from config import COVERAGE, RESPLITS

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


def coverage_rows(predicted: EnsemblePrediction, flows: FlowData) -> list[Row]:
    """Coverage and width of bands for pixels, whole flows, drag and lift."""
    scale = floored(predicted.spread, flows.mask)
    pixels = scores(predicted.mean, flows.fields, scale, flows.mask)
    whole = scores(predicted.mean, flows.fields, scale, flows.mask, simultaneous=True)
    forces = force_coefficients(predicted.mean, flows.inputs, cells_per_length=flows.cells_per_length)
    true = np.stack([flows.drag_coefficient, flows.lift_coefficient], axis=1).astype(np.float64)
    # Drag errors grow with the drag; lift may be zero, so its bars have one width.
    widths = np.stack([np.abs(forces[:, 0]), np.ones(len(flows))], axis=1)
    numbers = scores(forces, true, widths)
    note = f"mean of {RESPLITS} re-splits of {len(flows)} flows"
    by_channel = coverage_over_resplits(pixels, coverage=COVERAGE, resplits=RESPLITS).mean(axis=0)
    cd, cl = coverage_over_resplits(numbers, coverage=COVERAGE, resplits=RESPLITS).mean(axis=0)
    flow = coverage_over_resplits(whole, coverage=COVERAGE, resplits=RESPLITS).mean()
    force_band = ConformalBand.calibrate(numbers)
    widths = {kind: ConformalBand.calibrate(of).half_width(scale) for kind, of in (("", pixels), ("flows.", whole))}
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
