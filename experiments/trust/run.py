"""How far a surrogate can be trusted: error bars, verdicts on unknown shapes, what the solver makes of a prediction.

    python experiments/trust/run.py --out runs/trust --base runs/guo2016 --json rows.json

Data and members are those of `experiments/guo2016` where they are there, and made where not. What is done is kept.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import tyro
from active import active_learning_curves, active_learning_rows
from config import MEMBERS, PROBES, SEEDS, STARTED
from coverage import band_scores, coverage_rows
from pictures import draw
from probes import out_of_distribution_rows, probe_flows, probed

from emulax.cli.execute import execute, show
from emulax.core.files import prepare_output
from emulax.core.progress import log
from emulax.data import FlowData, load_flows
from emulax.trust import Ensemble, Score, StartComparison, compare_starts, residuals
from emulax.workflows.generate import generate
from emulax.workflows.rows import Limit, Row
from emulax.workflows.runs import load_model
from emulax.workflows.score import RESIDUAL_UNITS
from emulax.workflows.train import train
from emulax.workflows.training_data import TrainingData

DATASET = "flow-primitives-2d"


@dataclass(frozen=True)
class Trust:
    """Measure the trust report: conformal bands, out-of-distribution verdicts, verified starts, active learning."""

    size: Literal["small", "gpu"] = "small"
    """Size of the data."""
    out: Path = Path("runs/trust")
    """Directory of what only this experiment makes."""
    base: Path = Path("runs/guo2016")
    """Directory of the experiment guo2016, whose data and U-Nets are used; made there where they are missing."""
    json: Path | None = None
    """Write the rows to this file as well."""

    def run(self) -> int:
        """Do what is missing, and show all rows."""
        base, out = prepare_output(self.base, "--base"), prepare_output(self.out)
        data, _ = generate(DATASET, size=self.size, out=base / "data" / DATASET)
        known, members = TrainingData.read(data), []
        for number, seed in enumerate(SEEDS, start=1):
            log.info("member %d of %d", number, len(SEEDS))
            directory, _ = train(known, MEMBERS[self.size], out=base / "models" / f"unet-seed{seed}", seed=seed)
            members.append(load_model(directory)[1].predict)
        ensemble = Ensemble(members)
        trained, held_out = known.flows, load_flows(data, "test")
        predicted = ensemble.predict(held_out.inputs)
        bands = band_scores(predicted, held_out)
        inside = probed(known.domain, ensemble, held_out)
        probes = probe_flows(out / "data", PROBES, self.size)
        outside = {kind: probed(known.domain, ensemble, flows) for kind, flows in probes.items()}
        starts = [compare_starts(member, held_out.take(slice(STARTED))) for member in members]
        curves = active_learning_curves(trained, held_out)
        rows = [
            *coverage_rows(bands, held_out),
            *out_of_distribution_rows(inside, outside, known.domain.false_alarms),
            *_residual_rows({"predicted": predicted.mean, "solver": held_out.fields}, held_out),
            *_started_rows(starts),
            *active_learning_rows(curves),
        ]
        status = show("trust", rows, self.json)
        draw(out / "pictures", bands, inside, outside, starts[0], curves)
        log.info("pictures in %s", out / "pictures")
        return status


def _residual_rows(fields: Mapping[str, np.ndarray], flows: FlowData) -> list[Row]:
    """Divergence and velocity at the wall, of predictions beside those of the solver."""
    rows = []
    for source, values in fields.items():
        means = Score(source, residuals(values, flows.inputs, cells_per_length=flows.cells_per_length)).means
        rows += [
            Row(f"trust.{name}.{source}", means[name], unit, reason="root mean square")
            for name, unit in RESIDUAL_UNITS.items()
        ]
    return rows


def _started_rows(by_member: Sequence[StartComparison]) -> list[Row]:
    """What starting the solver from a member's prediction saves, mean over members."""
    first = by_member[0]
    note = f"to within {first.tolerance:.1%} of the converged velocity, {STARTED} flows"
    ratios, coarse = ([found.time_ratio(start) for found in by_member] for start in ("predicted", "coarse"))
    rows = [
        Row(
            "trust.verified_start.time_ratio",
            float(np.mean(ratios)),
            "x",
            Limit("<=", 0.75),
            reason=f"{note}, {len(ratios)} members, standard deviation {np.std(ratios, ddof=1):.2g}",
        ),
        Row(
            "trust.verified_start.coarse_time_ratio", float(np.mean(coarse)), "x", reason=f"{note}, from half the cells"
        ),
    ]
    for start in first.steps:
        steps = float(np.mean([found.steps[start].mean() for found in by_member]))
        seconds = float(np.mean([found.seconds(start) for found in by_member]))
        rows.append(Row(f"trust.verified_start.{start}.steps", steps, "steps", reason="mean"))
        rows.append(Row(f"trust.verified_start.{start}.ms", 1e3 * seconds, "ms", reason="mean a flow"))
    return rows


if __name__ == "__main__":
    sys.exit(execute(tyro.cli(Trust)))
