"""What a training leaves behind besides weights: `metrics.csv`, `log.jsonl` and TensorBoard events.

`metrics.csv` is a function of configuration, data and machine alone, so durations go to `log.jsonl`.
"""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass, fields
from pathlib import Path

import numpy as np
from jaxtyping import Float64
from tensorboardX import SummaryWriter

from emulax.core.errors import InputError, RunError
from emulax.core.files import append_line, write_text

METRICS = "metrics.csv"
LOG = "log.jsonl"
TENSORBOARD = "tensorboard"


@dataclass(frozen=True)
class EpochMetrics:
    """One row of `metrics.csv`; the validation loss is NaN in an epoch that was not validated."""

    epoch: int
    train_loss: float
    validation_loss: float
    learning_rate: float


_COLUMNS = tuple(field.name for field in fields(EpochMetrics))


class History:
    """Writes down the epochs of one run; made by `open_history`."""

    def __init__(self, directory: Path, board: SummaryWriter) -> None:
        self._directory = directory
        self._board = board

    def write(self, metrics: EpochMetrics, *, seconds: float) -> None:
        """Append the metrics of one epoch, which took `seconds`."""
        append_line(self._directory / METRICS, ",".join(map(repr, astuple(metrics))))
        append_line(self._directory / LOG, json.dumps({"epoch": metrics.epoch, "seconds": round(seconds, 3)}))
        for name in _COLUMNS[1:]:
            value = getattr(metrics, name)
            if np.isfinite(value):
                self._board.add_scalar(name, value, metrics.epoch)

    def sync(self) -> None:
        """Put what was written on the disk: a checkpoint must never be ahead of the metrics."""
        with (self._directory / METRICS).open("rb") as stream:
            os.fsync(stream.fileno())
        self._board.flush()


@contextmanager
def open_history(directory: Path, epoch: int) -> Iterator[History]:
    """Open the history of a run that stands at the end of `epoch`; what came later is dropped.

    Raises:
        InputError: `metrics.csv` lacks rows up to `epoch`.
        RunError: The disk is full, or permission was lost.
    """
    path, kept = directory / METRICS, rows_until(directory, epoch)
    write_text(path, "".join(",".join(row) + "\n" for row in [_COLUMNS, *kept]))
    try:
        with SummaryWriter(str(directory / TENSORBOARD), purge_step=epoch + 1) as board:
            yield History(directory, board)
    except OSError as error:
        raise RunError(f"{directory}: the history cannot be written: {error.strerror or error}") from error


def rows_until(directory: Path, epoch: int) -> list[list[str]]:
    """The rows of the first epochs.

    Raises:
        InputError: `metrics.csv` lacks some.
    """
    path = directory / METRICS
    rows = _rows(path)[:epoch] if epoch else []
    if [row[0] for row in rows] != [str(number) for number in range(1, epoch + 1)]:
        raise InputError(str(path), f"lacks rows of the {epoch} epochs before the checkpoint", "use another directory")
    return rows


def read_metrics(directory: Path) -> dict[str, Float64[np.ndarray, " epoch"]]:
    """The columns of a run's `metrics.csv` by name.

    Raises:
        InputError: The file is missing or damaged.
    """
    path = Path(directory) / METRICS
    try:
        table = np.array([[float(value) for value in row] for row in _rows(path)], np.float64)
        return dict(zip(_COLUMNS, table.reshape(-1, len(_COLUMNS)).T, strict=True))
    except ValueError as error:
        raise InputError(str(path), f"is damaged: {error}") from error


def _rows(path: Path) -> list[list[str]]:
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            header, *rows = csv.reader(stream)
    except (OSError, ValueError) as error:
        raise InputError(str(path), f"cannot be read: {error}") from error
    if tuple(header) != _COLUMNS:
        raise InputError(str(path), f"has columns {', '.join(header)}, must have {', '.join(_COLUMNS)}")
    return rows
