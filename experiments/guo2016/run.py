"""Guo, Li & Iorio (2016) on one data set: which network, which encoding, how good, how fast.

    python experiments/guo2016/run.py --size small --out runs/guo2016 --json rows.json

Data, runs and what was measured of them are kept: after a kill the same command goes on.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import tyro
from config import PLANS, SEEDS
from pictures import draw
from tables import CHOSEN_ON, best_of, best_rows, error_rows, factor_rows, null_rows, truth_rows
from times import bfloat16_rows, time_rows

from emulax.cli.execute import execute, show
from emulax.core.files import prepare_output
from emulax.core.progress import log
from emulax.data import load_flows
from emulax.workflows.generate import generate
from emulax.workflows.report import seconds_logged
from emulax.workflows.rows import Limit, Row
from emulax.workflows.study import measure_nulls, run_study

DATASETS = ("flow-primitives-2d", "flow-cars-2d", "flow-primitives-3d")


@dataclass(frozen=True)
class Guo2016:
    """Reproduce Guo, Li & Iorio (2016): data, networks, encodings, ablations, errors and times."""

    size: Literal["small", "gpu"] = "small"
    """Size of the data."""
    out: Path = Path("runs/guo2016")
    """Directory of everything the experiment makes."""
    json: Path | None = None
    """Write the rows to this file as well."""
    seeds: tuple[int, ...] = SEEDS
    """Seeds of the trainings."""

    def run(self) -> int:
        """Do what is missing, and show all rows."""
        plan, out = PLANS[self.size], prepare_output(self.out)
        started, logged = time.monotonic(), _logged(out)
        primitives, cars, solids = (generate(name, size=self.size, out=out / "data" / name)[0] for name in DATASETS)
        held_out = {"primitives": load_flows(primitives, "test"), "cars": load_flows(cars, "test")}
        in_space = {"solids": load_flows(solids, "test")}
        nulls = measure_nulls(primitives, held_out)
        measured_on = held_out | {CHOSEN_ON: load_flows(primitives, "validation")}
        models = run_study(plan.models, self.seeds, dataset=primitives, held_out=measured_on, out=out / "models")
        factors = run_study(plan.factors, self.seeds, dataset=primitives, held_out=held_out, out=out / "factors")
        space = run_study(plan.space, self.seeds, dataset=solids, held_out=in_space, out=out / "space")
        rows = [
            *truth_rows(held_out),
            *error_rows(nulls, held_out),
            *error_rows(models, held_out),
            *best_rows(models, nulls, held_out),
            *null_rows(models, nulls),
            *factor_rows(factors),
            *truth_rows(in_space, "_3d"),
            *error_rows(measure_nulls(solids, in_space), in_space),
            *error_rows(space, in_space),
            *bfloat16_rows(out / "models" / f"guo2016-seed{self.seeds[0]}", held_out["primitives"]),
            *time_rows({name: out / "models" / f"{name}-seed{self.seeds[0]}" for name in plan.models}, self.size),
        ]
        rows.append(_hours_row(logged, started, self.size))
        status = show("guo2016", rows, self.json)
        best = best_of(models)
        run = out / "models" / f"{best}-seed{self.seeds[0]}"
        draw(out / "pictures", models, nulls, factors, held_out["cars"], rows, best=best, run=run)
        log.info("pictures in %s", out / "pictures")
        return status


def _logged(out: Path) -> float:
    """Seconds that generations and trainings have logged."""
    return sum(seconds_logged(path.parent) for path in out.rglob("log.jsonl"))


def _hours_row(logged: float, started: float, size: str) -> Row:
    """What everything took: this session, and what was logged by those before."""
    hours = (logged + time.monotonic() - started) / 3600
    note = (
        "this session alone" if not logged else f"{logged / 3600:.2g} h of generation and training before this session"
    )
    return Row("guo2016.hours", hours, "h", Limit("<=", 3) if size == "small" else None, reason=note)


if __name__ == "__main__":
    sys.exit(execute(tyro.cli(Guo2016)))
