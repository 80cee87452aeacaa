"""What a report is made from; `emulax.workflows` fills it, `emulax.report` lays it out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from jaxtyping import Float32, Float64

from emulax.core.errors import InputError, unknown_name
from emulax.data import FlowData, Manifest
from emulax.datagen import Rerun
from emulax.trust import Score, Sensitivity


@dataclass(frozen=True)
class DatasetSheet:
    """A dataset: its manifest, which lists the rejected samples too, its accepted flows, and those that ran longer."""

    manifest: Manifest
    flows: FlowData
    reruns: Sequence[Rerun] = ()


@dataclass(frozen=True)
class ModelSheet:
    """One trained model.

    Args:
        name: Its name, the same as in the scores.
        parameters: Number of weights.
        epochs: Epochs trained.
        seconds: Wall-clock time of the training.
        history: Columns of its `metrics.csv` by name.
        config: Its resolved configuration as plain JSON types.
    """

    name: str
    parameters: int
    epochs: int
    seconds: float
    history: Mapping[str, Float64[np.ndarray, " epoch"]]
    config: Mapping[str, Any]


@dataclass(frozen=True)
class Examples:
    """Flows and what `model` predicted for them: channels u, v (units of U) and p (units of rho U^2)."""

    model: str
    flows: FlowData
    predicted: Float32[np.ndarray, "sample *space channel"]


@dataclass(frozen=True)
class VerifiedShape:
    """A shape from outside the training family, predicted by `model` and solved.

    Args:
        name: Name of the shape.
        model: Name of the model.
        truth: The solver's flow, one sample.
        predicted: Channels u, v (units of U) and p (units of rho U^2).
        solver_seconds: Wall-clock time of the solver.
        predict_seconds: Wall-clock time of the prediction, compilation not counted.
        hardware: What both ran on.
    """

    name: str
    model: str
    truth: FlowData
    predicted: Float32[np.ndarray, "y x 3"]
    solver_seconds: float
    predict_seconds: float
    hardware: str

    @property
    def speed_up(self) -> float:
        """Time of the solver over time of the prediction."""
        return self.solver_seconds / self.predict_seconds


@dataclass(frozen=True)
class Timing:
    """One measured time.

    Args:
        task: What was timed.
        seconds: Wall-clock time.
        hardware: What it ran on.
        flows: Flows that were computed in this time, where that means something.
        note: Anything else worth knowing: batch size, million cell updates per second.
    """

    task: str
    seconds: float
    hardware: str
    flows: int | None = None
    note: str = ""


@dataclass(frozen=True)
class ReportContent:
    """Everything in a report; what is empty is left out of the page.

    Args:
        title: Title of the page.
        dataset: The data.
        summary: Sentences for the head of the page, before the ones that the numbers make.
        models: Trained models.
        scores: Errors on the same held-out flows, models first, then null models.
        nulls: Names of the scores that belong to null models.
        sensitivities: Geometry sensitivity by model.
        examples: Held-out flows with the predictions of one model, usually the best.
        verified: Shapes that the solver verified.
        timings: Measured times.
        provenance: Versions, commit, devices, seeds, command lines: plain JSON types by name.

    Raises:
        InputError: A null model without a score, or scores of different metrics or numbers of flows.
    """

    title: str
    dataset: DatasetSheet
    summary: tuple[str, ...] = ()
    models: tuple[ModelSheet, ...] = ()
    scores: tuple[Score, ...] = ()
    nulls: tuple[str, ...] = ()
    sensitivities: Mapping[str, Sensitivity] = field(default_factory=dict)
    examples: Examples | None = None
    verified: tuple[VerifiedShape, ...] = ()
    timings: tuple[Timing, ...] = ()
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in self.nulls:
            if name not in {score.name for score in self.scores}:
                raise unknown_name("nulls", name, [score.name for score in self.scores])
        kinds = {tuple((metric, len(values)) for metric, values in score.errors.items()) for score in self.scores}
        if len(kinds) > 1:
            raise InputError("scores", "differ in metrics or number of flows", "score all on the same flows at once")
