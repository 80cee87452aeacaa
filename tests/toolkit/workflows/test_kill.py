"""A killed command, run again, ends where an undisturbed one does: the same bytes, the same metrics."""

from __future__ import annotations

import hashlib
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

KILLS = 3

# The command's own batch of 16 is more than the tiny dataset holds.
TRAIN = """
import sys
from pathlib import Path
from emulax.models.sdf_flow import UNetConfig
from emulax.training import TrainingConfig
from emulax.workflows.train import train
network = UNetConfig(widths=(8, 8), mixing_heads=0)
training = TrainingConfig(epochs=200, batch_size=2, checkpoint_every=5)
train(sys.argv[1], network, out=Path(sys.argv[2]), training=training)
"""


def start(arguments: list[object]) -> subprocess.Popen:
    command = [sys.executable, *map(str, arguments)]
    environment = os.environ | {"EMULAX_LOG": "WARNING"}
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def undisturbed(arguments: list[object]) -> float:
    """Run to the end; the seconds it took."""
    started = time.monotonic()
    process = start(arguments)
    _, said = process.communicate(timeout=300)
    assert process.returncode == 0, said.decode()
    return time.monotonic() - started


def killed(arguments: list[object], seconds: float, seed: int) -> int:
    """Kill at `KILLS` random moments, then run to the end; how many kills came while it was running."""
    moments = random.Random(seed)
    hits = 0
    for _ in range(KILLS):
        process = start(arguments)
        try:
            process.wait(timeout=moments.uniform(0.3, 0.9) * seconds)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            hits += 1
        process.communicate()
    undisturbed(arguments)
    return hits


def digests(folder: Path, pattern: str) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.glob(pattern))}


def test_generate_ends_in_the_same_bytes(recipe, tmp_path):
    options = ["-m", "emulax.cli.main", "generate", recipe, "--samples", 24, "--out"]
    seconds = undisturbed([*options, tmp_path / "whole"])
    assert killed([*options, tmp_path / "killed"], seconds, seed=1) > 0
    whole = digests(tmp_path / "whole", "*.nc") | digests(tmp_path / "whole", "manifest.json")
    assert len(whole) == 5
    assert not list((tmp_path / "killed").glob(".*"))
    assert digests(tmp_path / "killed", "*.nc") | digests(tmp_path / "killed", "manifest.json") == whole


def test_train_ends_in_the_same_metrics(dataset, tmp_path):
    options = ["-c", TRAIN, dataset]
    seconds = undisturbed([*options, tmp_path / "whole"])
    assert killed([*options, tmp_path / "killed"], seconds, seed=2) > 0
    assert (tmp_path / "killed" / "metrics.csv").read_bytes() == (tmp_path / "whole" / "metrics.csv").read_bytes()
