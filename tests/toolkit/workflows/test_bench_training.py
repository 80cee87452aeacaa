"""The measurement on a tiny network: that it runs, and what its rows say."""

from __future__ import annotations

from functools import partial

import pytest

from emulax.core.errors import RunError
from emulax.models.sdf_flow import UNetConfig
from emulax.workflows.bench import bench_training, training

TINY = UNetConfig(widths=(8, 8), mixing_heads=2)
# Counted by hand: stem 5 to 8 on 2x2; two blocks of the fine level, two of the coarse one, each with two
# normalisations and two 3x3 convolutions; merging 2x2; mixing of 32 pixels; expansion; normalisation; head 8 to 3.
PARAMETERS = (
    (20 * 8 + 8)
    + 4 * (2 * 16 + 2 * (72 * 8 + 8))
    + (32 * 8 + 8)
    + (16 + 2 * (64 + 8) + 2 * 32 * 32)
    + (64 + 8)
    + 16
    + (4 * 8 * 3 + 3)
)


@pytest.fixture
def bench(monkeypatch):
    monkeypatch.setattr(training, "matrix_rate", lambda: 2e9)
    monkeypatch.setattr(training, "_STEPS", 1)
    monkeypatch.setattr(training, "_ROUNDS", 3)
    return partial(bench_training, network=TINY, grid=(16, 32), samples=2)


def _rows(rows):
    return {row.id: row for row in rows}


def test_without_peers_the_ratio_is_not_judged(bench):
    rows = _rows(bench())
    assert list(rows) == ["bench.matrix_rate", "training.unet.rate", "training.unet.vs_torch"]
    assert rows["bench.matrix_rate"].value == 2.0
    assert rows["training.unet.rate"].value > 0.0
    assert (rows["training.unet.vs_torch"].value, rows["training.unet.vs_torch"].passed) == (None, None)


def test_the_ratio_is_the_median_of_the_rounds_and_names_the_fastest_way(bench, monkeypatch):
    rates = iter([100.0, 120.0, 90.0])
    monkeypatch.setattr(training, "unet_rate", lambda *_: next(rates))
    monkeypatch.setattr(training, "run_peer", lambda *_: {"parameters": PARAMETERS, "eager": 50.0, "compiled": 60.0})
    row = _rows(bench(peers=True))["training.unet.vs_torch"]
    assert row.value == pytest.approx(100 / 60)
    assert row.passed
    assert row.reason.startswith("100.0 over 60.0 flows/s (compiled)")


def test_another_network_is_not_compared(bench, monkeypatch):
    monkeypatch.setattr(training, "run_peer", lambda *_: {"parameters": PARAMETERS + 1, "eager": 50.0})
    row = _rows(bench(peers=True))["training.unet.vs_torch"]
    assert row.value is None
    assert row.reason == f"torch: the network has {PARAMETERS + 1} parameters, ours {PARAMETERS}"


def test_a_peer_that_cannot_run_leaves_a_reason(bench, monkeypatch):
    def fail(*_):
        raise RunError("torch cannot be installed: no network")

    monkeypatch.setattr(training, "run_peer", fail)
    assert _rows(bench(peers=True))["training.unet.vs_torch"].reason == "torch cannot be installed: no network"
