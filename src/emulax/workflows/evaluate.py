"""`emulax evaluate`: trained models beside null models, on flows none of them has seen."""

from __future__ import annotations

import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float32

import emulax
from emulax.core.errors import InputError
from emulax.core.files import prepare_output
from emulax.core.progress import progress
from emulax.data import FlowData, FlowInputs, Manifest, Predictions, load_flows, write_predictions
from emulax.models.sdf_flow import FlowModel
from emulax.trust import NULL_MODELS, Predictor, Score, Sensitivity, field_errors, sensitivity
from emulax.workflows.error_bars import ErrorBars, read_error_bars
from emulax.workflows.rows import Limit, Row, slug
from emulax.workflows.runs import Run, dataset_directory, load_model
from emulax.workflows.score import physics_rows

SENSITIVITY_LIMIT = 3.0
"""Least ratio of the error without, or with a wrong, geometry to the error: below it a model ignores the shape."""


@dataclass(frozen=True)
class Evaluation:
    """Everything measured on one split.

    Attributes:
        dataset: Directory of the dataset.
        flows: The flows of the split.
        runs: The trained models by name.
        scores: Errors of models, then of null models.
        predictions: Predicted fields of the trained models by name.
        error_bars: Error bars of the trained models by name, of those that have some.
        sensitivities: Geometry sensitivity of the trained models by name; empty where the flows share one geometry.
        seconds_per_flow: Median time of a warm prediction by model and batch size.
    """

    dataset: Path
    flows: FlowData
    runs: Mapping[str, Run]
    scores: Sequence[Score]
    predictions: Mapping[str, Float32[np.ndarray, "sample *space channel"]]
    error_bars: Mapping[str, ErrorBars]
    sensitivities: Mapping[str, Sensitivity]
    seconds_per_flow: Mapping[str, Mapping[int, float]]

    def mean(self, name: str, metric: str = "rel_l2") -> float:
        """Mean error of one predictor."""
        return next(score.means[metric] for score in self.scores if score.name == name)

    @property
    def best(self) -> str:
        """The trained model with the least `rel_l2`."""
        return min(self.runs, key=self.mean)


def evaluate(runs: Sequence[Path], *, dataset: str | Path | None = None, split: str = "test") -> Evaluation:
    """Evaluate trained models, and null models fitted to the same training flows, on one split of a dataset.

    Args:
        runs: Directories of runs on one dataset.
        dataset: Directory of another dataset, or of the one that the runs were trained on if it was moved, or the name
            of one generated to its usual place; the one that the runs were trained on when None.
        split: `test`, `validation` or `train`.

    Raises:
        InputError: No run, runs on different datasets or numbers of flows, a directory that is not a run, a split
            without flows, or a dataset on other cells.
    """
    if not runs:
        raise InputError("runs", "are none, needs at least one")
    loaded = [load_model(Path(run)) for run in runs]
    given = None if dataset is None else dataset_directory(dataset)
    trained_on = common_dataset([run for run, _ in loaded], given)
    directory = given or trained_on
    samples = loaded[0][0].samples
    known, flows = load_flows(trained_on, "train").take(slice(samples)), load_flows(directory, split)
    for run, _ in loaded:
        check_cells(run, flows)
    models = {run.name: model for run, model in loaded}
    if len(models) != len(loaded):
        raise InputError("runs", f"share a name: {', '.join(run.name for run, _ in loaded)}")

    predictions, scores = {}, []
    with progress("evaluate", len(models) + len(NULL_MODELS), "predictors") as tick:
        for name, model in models.items():
            predictions[name] = model.predict(flows.inputs)
            scores.append(Score(name, field_errors(predictions[name], flows)))
            tick(len(scores), name)
        for name, null in NULL_MODELS.items():
            scores.append(Score(name, field_errors(null.fit(known).predict(flows.inputs), flows)))
            tick(len(scores), name)
    return Evaluation(
        dataset=directory,
        flows=flows,
        runs={run.name: run for run, _ in loaded},
        scores=scores,
        predictions=predictions,
        error_bars={
            run.name: bars for (run, _), path in zip(loaded, runs, strict=True) if (bars := read_error_bars(Path(path)))
        },
        sensitivities={
            name: sensitivity(model.predict, flows, seed=0)
            for name, model in models.items()
            if len(np.unique(flows.geometry_id)) > 1
        },
        seconds_per_flow={name: _timing(model, flows.inputs) for name, model in models.items()},
    )


def write_evaluated(evaluation: Evaluation, directory: Path) -> None:
    """Write the predictions of every run to `directory/RUN.nc`.

    Raises:
        InputError: The directory cannot be used.
        RunError: A file could not be written.
    """
    prepare_output(directory, "--predictions")
    for name, fields in evaluation.predictions.items():
        predictions = Predictions(evaluation.flows.sample_id, fields, f"emulax {emulax.__version__}, {name}")
        write_predictions(directory / f"{name}.nc", predictions, cells_per_length=evaluation.flows.cells_per_length)


def evaluation_rows(evaluation: Evaluation) -> list[Row]:
    """The evaluation as rows: errors of every predictor, and what else was measured of the trained models.

    Of each of these its ratio to the nulls, forces and residuals of its fields, its sensitivities and its times.
    """
    nulls = [score.name for score in evaluation.scores if score.name not in evaluation.runs]
    null = min((evaluation.mean(name), name) for name in nulls)
    rows = []
    for score in evaluation.scores:
        for metric, value in score.means.items():
            rows.append(
                Row(f"evaluate.{slug(score.name)}.{metric}", value, "rel", reason=f"{len(evaluation.flows)} flows")
            )
    for name in evaluation.runs:
        part = slug(name)
        rows.append(_against_null(f"evaluate.{part}.vs_best_null", evaluation.mean(name), null))
        rows += physics_rows(f"evaluate.{part}", evaluation.predictions[name], evaluation.flows)
        if bars := evaluation.error_bars.get(name):
            note = f"share within error bars of {bars.coverage:.0%}, {bars.flows} calibration flows"
            held = bars.coverages(evaluation.predictions[name], evaluation.flows)
            rows += [Row(f"evaluate.{part}.coverage_{of}", share, reason=note) for of, share in held.items()]
        if found := evaluation.sensitivities.get(name):
            ratios = {"blank": found.blank_ratio, "shuffled": found.shuffled_ratio}
            rows += [
                Row(f"evaluate.{part}.sensitivity_{kind}", ratio, "x", Limit(">=", SENSITIVITY_LIMIT))
                for kind, ratio in ratios.items()
            ]
        for batch, seconds in evaluation.seconds_per_flow[name].items():
            rows.append(Row(f"evaluate.{part}.ms_per_flow_batch{batch}", 1e3 * seconds, "ms", reason="warm, median"))
    return rows


def _against_null(row: str, error: float, null: tuple[float, str]) -> Row:
    """A model's error over that of the best null model, which has none on flows that it holds in store."""
    limit, (null_error, name) = Limit("<=", 1.0), null
    if null_error == 0.0:
        return Row(row, None, "x", limit, reason=f"{name} holds these very flows in store")
    ratio = error / null_error
    return Row(row, ratio, "x", limit, reason=f"{'beats' if ratio < 1.0 else 'loses to'} {name}")


def check_cells(run: Run, flows: FlowData) -> None:
    """Refuse flows on other cells than those that a run was trained on.

    Raises:
        InputError: Another grid, or other cells in D.
    """
    grid = flows.sdf.shape[1:]
    if grid != run.grid or flows.cells_per_length != run.cells_per_length:
        has, trained = (" x ".join(map(str, cells[::-1])) for cells in (grid, run.grid))
        raise InputError(
            "dataset",
            f"has {has} cells, {flows.cells_per_length} in D, but {run.name} was trained on {trained} with"
            f" {run.cells_per_length}",
        )


def common_dataset(runs: Sequence[Run], given: Path | None = None) -> Path:
    """The directory of the dataset that all runs were trained on.

    Args:
        runs: The runs.
        given: Directory of a dataset: the one, if it is of the same recipe; where the first run has it otherwise.

    Raises:
        InputError: They or the numbers of flows differ, or the dataset is gone or was generated anew from another
            recipe.
    """
    if len({run.recipe_hash for run in runs}) > 1:
        raise InputError("runs", "were trained on different datasets, evaluate them one at a time")
    if len({run.samples for run in runs}) > 1:
        raise InputError("runs", "were trained on different numbers of flows, evaluate them one at a time")
    first, directory = runs[0], Path(runs[0].dataset)
    if given is not None and Manifest.read(given).recipe_hash == first.recipe_hash:
        return given
    if not directory.is_dir():
        raise InputError(
            str(directory),
            f"held the dataset that {first.name} was trained on, and is gone",
            "if it was moved, name it with --dataset",
        )
    if Manifest.read(directory).recipe_hash != first.recipe_hash:
        raise InputError(str(directory), f"is not the dataset that {first.name} was trained on: its recipe differs")
    return directory


def _timing(model: FlowModel, inputs: FlowInputs, repeats: int = 5) -> dict[int, float]:
    """Median seconds per flow at a batch of one and of many, warm and blocked until ready."""
    found = {}
    for batch in (1, min(32, len(inputs))):
        part = inputs.take(slice(batch))
        found[batch] = median_seconds(model.predict, part, repeats) / batch
    return found


def median_seconds(predict: Predictor, inputs: FlowInputs, repeats: int = 5) -> float:
    """Median time of one warm call; the fields come back to the host, so the device is done."""
    predict(inputs)
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        predict(inputs)
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)
