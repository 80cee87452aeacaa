import os
import signal
import subprocess
import sys
import time

import jax
import numpy as np
import pytest
from flax import nnx

from emulax.core.errors import InputError
from emulax.training import TrainingConfig, checkpoints, fit, storage
from emulax.training.trainer import Trainer

CONFIG = TrainingConfig(epochs=12, batch_size=5, checkpoint_every=3)


class KilledError(Exception):
    pass


@pytest.fixture
def run(perceptron, loss, train, validation):
    def run(directory, *, config=CONFIG, data=train, **model):
        trained = perceptron(noisy=True, **model)
        fit(trained, loss, data, validation, config=config, directory=directory)
        return trained

    return run


def everything(model):
    return [
        np.asarray(jax.random.key_data(x) if jax.dtypes.issubdtype(x.dtype, jax.dtypes.prng_key) else x)
        for x in jax.tree.leaves(nnx.state(model))
    ]


def assert_same_end(first, second, model, twin):
    assert (first / "metrics.csv").read_bytes() == (second / "metrics.csv").read_bytes()
    assert all(np.array_equal(a, b) for a, b in zip(everything(model), everything(twin), strict=True))
    arrays = [checkpoints.read(directory).trees["last"] for directory in (first, second)]
    assert arrays[0].epoch == arrays[1].epoch


def kill_on_call(monkeypatch, owner, name, count):
    """Stop everything at the `count`-th call of a function, as a kill would."""
    original, calls = getattr(owner, name), []

    def wrapper(*args, **kwargs):
        calls.append(None)
        if len(calls) == count:
            raise KilledError
        return original(*args, **kwargs)

    monkeypatch.setattr(owner, name, wrapper)


@pytest.mark.parametrize(
    ("owner", "name", "count"),
    [
        (Trainer, "save", 1),
        (Trainer, "run_epoch", 9),
        (storage, "_sha256", 30),
        (checkpoints, "write_tree", 4),
        (checkpoints, "write_text", 2),
        (checkpoints, "restore_best", 1),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_a_training_stopped_anywhere_ends_the_same(run, tmp_path, monkeypatch, owner, name, count):
    undisturbed = run(tmp_path / "a")
    with monkeypatch.context() as patch:
        kill_on_call(patch, owner, name, count)
        with pytest.raises(KilledError):
            run(tmp_path / "b")
    assert_same_end(tmp_path / "a", tmp_path / "b", undisturbed, run(tmp_path / "b"))


SCRIPT = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from conftest import Perceptron, samples
from emulax.training import TrainingConfig, fit
fit(Perceptron(noisy=True), lambda model, batch: ((model(batch["x"]) - batch["y"]) ** 2).mean(axis=1), samples(20, 0),
    samples(7, 1), config=TrainingConfig(epochs=80, batch_size=5, checkpoint_every=4), directory=Path(sys.argv[2]))
"""


def test_a_training_killed_by_the_system_ends_the_same(run, tmp_path, request, compilation_cache):
    config = TrainingConfig(epochs=80, batch_size=5, checkpoint_every=4)
    undisturbed = run(tmp_path / "a", config=config)
    here = str(request.path.parent)
    metrics = tmp_path / "b" / "metrics.csv"
    child = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, here, str(tmp_path / "b")], env=os.environ | compilation_cache
    )
    deadline = time.monotonic() + 120
    while not (metrics.exists() and metrics.read_text().count("\n") > 20) and time.monotonic() < deadline:
        assert child.poll() is None
        time.sleep(0.01)
    child.send_signal(signal.SIGKILL)
    assert child.wait() == -signal.SIGKILL
    assert_same_end(tmp_path / "a", tmp_path / "b", undisturbed, run(tmp_path / "b", config=config))


def test_a_finished_training_is_only_read(run, tmp_path):
    first = run(tmp_path)
    before = {
        path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file() and "tensorboard" not in str(path)
    }
    second = run(tmp_path, seed=5)
    assert all(np.array_equal(a, b) for a, b in zip(everything(first), everything(second), strict=True))
    assert all(path.read_bytes() == content for path, content in before.items())


def test_early_stopping_goes_on_counting_after_a_stop(run, tmp_path, monkeypatch):
    config = TrainingConfig(epochs=200, batch_size=5, checkpoint_every=2, patience=4, average_decay=None)
    undisturbed = run(tmp_path / "a", config=config)
    epochs = checkpoints.read(tmp_path / "a").trees["last"].epoch
    with monkeypatch.context() as patch:
        kill_on_call(patch, Trainer, "run_epoch", epochs - 1)
        with pytest.raises(KilledError):
            run(tmp_path / "b", config=config)
    assert_same_end(tmp_path / "a", tmp_path / "b", undisturbed, run(tmp_path / "b", config=config))


def test_another_configuration_is_refused(run, tmp_path):
    run(tmp_path)
    with pytest.raises(InputError, match="holds a training with another configuration"):
        run(tmp_path, config=TrainingConfig(epochs=13, batch_size=5))


def test_other_data_are_refused(run, tmp_path, train):
    run(tmp_path)
    with pytest.raises(InputError, match="holds a training with another training data"):
        run(tmp_path, data=train | {"y": train["y"] + 1})


def test_another_model_is_refused(run, tmp_path):
    run(tmp_path)
    with pytest.raises(InputError, match="belongs to another model"):
        run(tmp_path, width=9)


def test_metrics_that_do_not_reach_the_checkpoint_are_refused(run, tmp_path):
    run(tmp_path)
    path = tmp_path / "metrics.csv"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:5]))
    with pytest.raises(InputError, match="lacks rows of the 12 epochs"):
        run(tmp_path)
