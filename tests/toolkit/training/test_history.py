import json

import numpy as np
import pytest

from emulax.core.errors import InputError, RunError
from emulax.training import EpochMetrics, read_metrics
from emulax.training.history import LOG, METRICS, TENSORBOARD, open_history


def write(directory, epochs, start=0, offset=0.0):
    with open_history(directory, start) as history:
        for epoch in epochs:
            history.write(EpochMetrics(epoch, 1 / 3 + epoch + offset, float("nan"), 1e-3), seconds=1.5)
        history.sync()


def test_metrics_come_back_exactly(tmp_path):
    write(tmp_path, [1, 2])
    metrics = read_metrics(tmp_path)
    assert metrics["train_loss"].tolist() == [1 / 3 + 1, 1 / 3 + 2]
    assert np.all(np.isnan(metrics["validation_loss"]))
    assert metrics["epoch"].tolist() == [1, 2]


def test_rows_after_the_checkpoint_are_dropped(tmp_path):
    write(tmp_path, [1, 2, 3])
    write(tmp_path, [3], start=2, offset=1.0)
    assert read_metrics(tmp_path)["train_loss"].tolist() == [1 / 3 + 1, 1 / 3 + 2, 1 / 3 + 3 + 1.0]


def test_a_fresh_start_forgets_the_rows_of_a_run_without_a_checkpoint(tmp_path):
    write(tmp_path, [1, 2, 3])
    write(tmp_path, [1])
    assert read_metrics(tmp_path)["epoch"].tolist() == [1]


def test_durations_go_to_the_log_alone(tmp_path):
    write(tmp_path, [1])
    assert json.loads((tmp_path / LOG).read_text()) == {"epoch": 1, "seconds": 1.5}
    assert "1.5" not in (tmp_path / METRICS).read_text()


def test_tensorboard_gets_what_is_finite(tmp_path):
    write(tmp_path, [1])
    events = b"".join(path.read_bytes() for path in (tmp_path / TENSORBOARD).iterdir())
    assert (b"train_loss" in events, b"learning_rate" in events, b"validation_loss" in events) == (True, True, False)


def test_no_rows_read_as_empty_columns(tmp_path):
    write(tmp_path, [])
    assert {name: len(column) for name, column in read_metrics(tmp_path).items()} == dict.fromkeys(
        ["epoch", "train_loss", "validation_loss", "learning_rate"], 0
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "cannot be read"),
        ("a,b\n", "has columns a, b"),
        ("epoch,train_loss,validation_loss,learning_rate\n1,x,1,1\n", "is damaged"),
        ("epoch,train_loss,validation_loss,learning_rate\n1,1\n2,1,1,1\n", "is damaged"),
    ],
    ids=["empty", "columns", "value", "ragged"],
)
def test_a_damaged_file_is_refused(content, message, tmp_path):
    (tmp_path / METRICS).write_text(content)
    with pytest.raises(InputError, match=message):
        read_metrics(tmp_path)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        read_metrics(tmp_path)


def test_missing_rows_are_refused(tmp_path):
    write(tmp_path, [1, 3])
    with pytest.raises(InputError, match="lacks rows of the 2 epochs"), open_history(tmp_path, 2):
        pass


def test_a_failing_disk_is_a_failure_while_running(tmp_path):
    def lose_the_file():
        with open_history(tmp_path, 0) as history:
            (tmp_path / METRICS).unlink()
            history.sync()

    with pytest.raises(RunError, match="cannot be written"):
        lose_the_file()
