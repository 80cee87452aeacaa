"""A run: one trained model and everything it came from, in one directory."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from emulax.core.arrays import read_arrays
from emulax.core.config import from_dict, to_dict
from emulax.core.errors import InputError
from emulax.core.files import atomic_path, write_text
from emulax.data import data_directory
from emulax.models.sdf_flow import FlowModel, FlowModelConfig, frame_of, rebuild
from emulax.training import FlowLossConfig, TrainingConfig, restore_best
from emulax.trust import TrainedDomain
from emulax.trust.nulls.pod import Pod

RUN_SCHEMA = 2
RUN_NAME = "run.json"
DOMAIN_NAME = "domain.npz"
_DOMAIN_ARRAYS = ("half_window", "codes", "low", "high", "calibration", "false_alarms", "cells_per_length")


@dataclass(frozen=True)
class Run:
    """What `run.json` holds.

    Args:
        name: Name of the run.
        model: Description of the model, without its weights.
        loss: What training made small.
        training: How it was trained.
        dataset: Directory of the dataset; in `run.json` relative to the run's own, so that both can be moved together.
        recipe_hash: Hash of the dataset's recipe.
        samples: Training flows.
        cells_per_length: Cells in D.
        versions: Versions of the packages.
        commit: Commit of the code, None outside a checkout.
        device: What it was trained on.

    Raises:
        InputError: No training flows, no cells in D, or a model without a sound description of its grid and scales.
    """

    name: str
    model: dict
    loss: FlowLossConfig
    training: TrainingConfig
    dataset: str
    recipe_hash: str
    samples: int
    cells_per_length: int
    versions: dict
    commit: str | None
    device: dict
    schema_version: int = RUN_SCHEMA

    def __post_init__(self) -> None:
        for name in ("samples", "cells_per_length"):
            if getattr(self, name) < 1:
                raise InputError(name, f"is {getattr(self, name)}, must be at least 1")
        frame_of(self.model)

    def write(self, directory: Path) -> None:
        """Write `run.json`."""
        beside = replace(self, dataset=os.path.relpath(self.dataset, directory.resolve()))
        write_text(directory / RUN_NAME, json.dumps(to_dict(beside), indent=1) + "\n")

    @staticmethod
    def read(directory: Path) -> Run:
        """Read and check `run.json`.

        Raises:
            InputError: The directory is not a run, or has another schema version or a bad value.
        """
        path = directory / RUN_NAME
        try:
            values: Any = json.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise InputError(
                str(directory), f"is not a run: {RUN_NAME} cannot be read", "train a model first"
            ) from error
        except ValueError as error:
            raise InputError(str(path), f"is not JSON: {error}", "train again") from error
        version = values.get("schema_version") if isinstance(values, dict) else None
        if version != RUN_SCHEMA:
            raise InputError(str(path), f"has schema version {version}, supported is {RUN_SCHEMA}", "train again")
        with _naming(path):
            run = from_dict(Run, values, "run")
        return replace(run, dataset=str((directory / run.dataset).resolve()))

    @property
    def frame(self) -> FlowModelConfig:
        """Grid, inputs and scales of the model."""
        return frame_of(self.model)

    @property
    def grid(self) -> tuple[int, ...]:
        """Cells ([z,] y, x)."""
        return self.frame.grid

    @property
    def domain(self) -> tuple[float, ...]:
        """Lx, Ly[, Lz] in units of D."""
        return tuple(cells / self.cells_per_length for cells in reversed(self.grid))


def load_model(directory: Path) -> tuple[Run, FlowModel]:
    """A run and its model with the best weights.

    Raises:
        InputError: The directory is not a run, or its checkpoint is missing or damaged.
    """
    run = Run.read(directory)
    with _naming(directory / RUN_NAME):
        model = rebuild(run.model)
    restore_best(directory, model)
    return run, model


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Name the file that a bad value was read from."""
    try:
        yield
    except InputError as error:
        raise InputError(str(path), str(error)) from error


def write_domain(directory: Path, domain: TrainedDomain) -> None:
    """Write what a run was trained on, in the form that new flows are compared with.

    Raises:
        RunError: The file could not be written.
    """
    arrays: dict[str, Any] = {name: getattr(domain, name) for name in _DOMAIN_ARRAYS}
    with atomic_path(directory / DOMAIN_NAME) as temporary:
        np.savez_compressed(temporary, mean=domain.pod.mean, modes=domain.pod.modes, **arrays)


def read_domain(directory: Path, run: Run) -> TrainedDomain:
    """What the run in `directory` was trained on.

    Raises:
        InputError: The file is missing or damaged, or has other cells in D than the run.
    """
    path = directory / DOMAIN_NAME
    try:
        stored = read_arrays(path)
        values = {name: stored[name] for name in _DOMAIN_ARRAYS}
        pod = Pod(stored["mean"], stored["modes"])
    except (InputError, KeyError) as error:
        raise InputError(str(path), "is missing or damaged", "train again") from error
    rate, cells = float(values.pop("false_alarms")), int(values.pop("cells_per_length"))
    if cells != run.cells_per_length:
        raise InputError(
            str(path), f"has {cells} cells in D, but {RUN_NAME} beside it has {run.cells_per_length}", "train again"
        )
    return TrainedDomain(pod=pod, false_alarms=rate, cells_per_length=cells, **values)


def dataset_directory(dataset: str | Path) -> Path:
    """A dataset's directory: the path itself, or the usual place of a dataset of that name.

    Raises:
        InputError: Neither exists.
    """
    path = Path(dataset)
    usual = data_directory(path.name)
    for candidate in (path, usual):
        if candidate.is_dir():
            return candidate
    raise InputError("dataset", f"{path} does not exist, nor does {usual}", f"run: emulax generate {path.name}")
