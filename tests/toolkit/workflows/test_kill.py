"""A killed command, run again, ends where an undisturbed one does: the same bytes, the same metrics."""

from __future__ import annotations

import hashlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

KILLS = 3
EPOCHS = 200
SHARDS = 4

# The command's own batch of 16 is more than the tiny dataset holds.
TRAIN = f"""
import sys
from pathlib import Path
from emulax.models.sdf_flow import UNetConfig
from emulax.training import TrainingConfig
from emulax.workflows.train import SurrogateConfig, train
network = UNetConfig(widths=(8, 8), mixing_heads=0)
training = TrainingConfig(epochs={EPOCHS}, batch_size=2, checkpoint_every=5)
train(sys.argv[1], SurrogateConfig(network, training=training), out=Path(sys.argv[2]))
"""


def start(arguments: list[object]) -> subprocess.Popen:
    command = [sys.executable, *map(str, arguments)]
    environment = os.environ | {"EMULAX_LOG": "WARNING"}
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def undisturbed(arguments: list[object]) -> None:
    """Run to the end."""
    process = start(arguments)
    _, said = process.communicate(timeout=600)
    assert process.returncode == 0, said.decode()


def killed(arguments: list[object], progress: Callable[[], float], seed: int) -> None:
    """Kill at `KILLS` random moments, each a share of the whole work and a little later, then run to the end."""
    draw = random.Random(seed)
    for share in sorted(draw.uniform(0.0, 0.8) for _ in range(KILLS)):
        process = start(arguments)
        while progress() < share:
            assert process.poll() is None, process.communicate()[1].decode()
            time.sleep(0.01)
        time.sleep(draw.uniform(0.0, 0.1))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert process.returncode == -signal.SIGKILL
    undisturbed(arguments)


def lines(path: Path) -> int:
    return path.read_bytes().count(b"\n") if path.exists() else 0


def digests(folder: Path, pattern: str) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.glob(pattern))}


def test_generate_ends_in_the_same_bytes(recipe, tmp_path):
    options = ["-m", "emulax.cli.main", "generate", recipe, "--samples", 24, "--out"]
    undisturbed([*options, tmp_path / "whole"])
    killed(
        [*options, tmp_path / "killed"], lambda: len(list((tmp_path / "killed").glob("shard-*.nc"))) / SHARDS, seed=1
    )
    whole = digests(tmp_path / "whole", "*.nc") | digests(tmp_path / "whole", "manifest.json")
    assert len(whole) == SHARDS + 1
    assert not list((tmp_path / "killed").glob(".*"))
    assert digests(tmp_path / "killed", "*.nc") | digests(tmp_path / "killed", "manifest.json") == whole


def test_train_ends_in_the_same_metrics(dataset, tmp_path):
    options = ["-c", TRAIN, dataset]
    undisturbed([*options, tmp_path / "whole"])
    killed([*options, tmp_path / "killed"], lambda: lines(tmp_path / "killed" / "metrics.csv") / EPOCHS, seed=2)
    assert (tmp_path / "killed" / "metrics.csv").read_bytes() == (tmp_path / "whole" / "metrics.csv").read_bytes()
