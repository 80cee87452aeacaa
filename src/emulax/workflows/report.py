"""`emulax report`: everything about the runs on one dataset on one page."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from emulax.core import provenance
from emulax.core.config import to_dict
from emulax.core.files import check_output
from emulax.data import Manifest, load_flows
from emulax.datagen import read_reruns
from emulax.models.blocks import parameter_count
from emulax.report import DatasetSheet, Examples, ModelSheet, ReportContent, Timing, VerifiedShape, write_report
from emulax.training import read_metrics
from emulax.workflows.evaluate import Evaluation, evaluate
from emulax.workflows.predict import Prediction
from emulax.workflows.runs import load_model

REPORT_NAME = "report.html"


def report(runs: Sequence[Path], *, dataset: str | Path | None = None, out: Path | None = None) -> Path:
    """Evaluate runs on one dataset and write the report.

    Args:
        runs: Directories of runs.
        dataset: As for `evaluate`.
        out: The HTML file; `report.html` in the first run's directory when None.

    Raises:
        InputError: A bad argument; nothing was written.
    """
    target = out if out is not None else Path(runs[0]) / REPORT_NAME if runs else Path(REPORT_NAME)
    check_output(target.parent)
    evaluation = evaluate(runs, dataset=dataset)
    write_report(content(evaluation, [Path(run) for run in runs], title="Flow surrogates"), target)
    return target


def content(
    evaluation: Evaluation,
    runs: Sequence[Path],
    *,
    title: str,
    verified: Sequence[tuple[Prediction, str]] = (),
    commands: Sequence[str] = (),
) -> ReportContent:
    """What the page is made from.

    Args:
        evaluation: The measured errors.
        runs: Directories of the runs in it.
        title: Title of the page.
        verified: Verified predictions and the name of the model that made each.
        commands: Command lines that repeat what the page shows.
    """
    manifest = Manifest.read(evaluation.dataset)
    hardware = provenance.device_name()
    generation = seconds_logged(evaluation.dataset)
    sheets = tuple(_model_sheet(directory) for directory in runs)
    timings = [Timing("generate", generation, hardware, len(manifest.samples()), "all flows, rejected ones included")]
    timings += [
        Timing(f"train {sheet.name}", sheet.seconds, hardware, note=f"{sheet.epochs} epochs") for sheet in sheets
    ]
    for name, times in evaluation.seconds_per_flow.items():
        timings += [
            Timing(f"predict with {name}", batch * seconds, hardware, batch, f"batch of {batch}, warm")
            for batch, seconds in times.items()
        ]
    return ReportContent(
        title=title,
        dataset=DatasetSheet(manifest, load_flows(evaluation.dataset), read_reruns(evaluation.dataset) or ()),
        models=sheets,
        scores=tuple(evaluation.scores),
        nulls=tuple(score.name for score in evaluation.scores if score.name not in evaluation.runs),
        sensitivities=evaluation.sensitivities,
        examples=Examples(evaluation.best, evaluation.flows, evaluation.predictions[evaluation.best]),
        verified=tuple(_verified(prediction, model, hardware) for prediction, model in verified),
        timings=tuple(timings),
        provenance={
            "versions": provenance.versions(),
            "commit": provenance.git_commit(),
            "device": provenance.device(),
            "seed of the data": manifest.seed,
            "recipe": manifest.recipe_hash,
            "seeds of the models": {name: run.training.seed for name, run in evaluation.runs.items()},
            "commands": list(commands),
        },
    )


def seconds_logged(directory: Path) -> float:
    """Sum of the seconds that a run or a dataset has logged, over all its sessions."""
    lines = (directory / "log.jsonl").read_text(encoding="utf-8").splitlines()
    return sum(float(json.loads(line).get("seconds", 0.0)) for line in lines)


def _model_sheet(directory: Path) -> ModelSheet:
    run, model = load_model(directory)
    history = read_metrics(directory)
    config: dict[str, Any] = {"model": run.model, "loss": to_dict(run.loss), "training": to_dict(run.training)}
    return ModelSheet(
        run.name, parameter_count(model), len(history["epoch"]), seconds_logged(directory), history, config
    )


def _verified(prediction: Prediction, model: str, hardware: str) -> VerifiedShape:
    assert prediction.truth is not None
    assert prediction.solver_seconds is not None
    return VerifiedShape(
        name=prediction.shape.name,
        model=model,
        truth=prediction.truth,
        predicted=prediction.fields,
        solver_seconds=prediction.solver_seconds,
        predict_seconds=prediction.seconds,
        hardware=hardware,
    )
