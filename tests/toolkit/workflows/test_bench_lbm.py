"""The measurements on tiny domains: that they run, and what their rows say."""

from __future__ import annotations

import json
import re
from functools import partial
from types import SimpleNamespace

import jax
import jax.numpy as jnp
import pytest

from emulax.core.errors import RunError
from emulax.workflows.bench import bench_lbm, engines, gradient, lbm, peers
from emulax.workflows.bench.domains import Domain
from emulax.workflows.bench.ensembles import ensemble_rows
from emulax.workflows.bench.gradient import gradient_rows
from emulax.workflows.bench.memory import memory_rows
from emulax.workflows.bench.peers import run_peer
from emulax.workflows.bench.rates import rate
from emulax.workflows.bench.xlb import xlb_rows

TINY = Domain("tiny", (32, 64), 8)


@pytest.fixture
def tiny(monkeypatch):
    monkeypatch.setattr(lbm, "DOMAINS", (TINY,))
    monkeypatch.setattr(lbm, "copy_bandwidth", lambda: 1e9)
    monkeypatch.setattr(lbm, "ensemble_rows", partial(ensemble_rows, side=2))
    monkeypatch.setattr(gradient, "differentiable", _of_a_few_sums(1, 4))
    monkeypatch.setattr(lbm, "gradient_rows", partial(gradient_rows, steps=4))
    monkeypatch.setattr(lbm, "memory_rows", partial(memory_rows, 1, 2))


@pytest.mark.native
def test_every_measurement_gives_its_rows(tiny):
    rows = {row.id: row for row in bench_lbm()}
    assert list(rows) == [
        "bench.copy_bandwidth",
        "lbm.tiny.native",
        "lbm.tiny.native_bandwidth",
        "lbm.tiny.xla",
        "lbm.tiny.vs_lbmpy",
        "lbm.d2q9_1024.vs_xlb",
        "lbm.d2q9_1024.xla_vs_xlb",
        "lbm.ensemble4.rate_ratio",
        "lbm.vjp4.ratio",
        "lbm.memory_growth_2",
    ]
    unmeasured = {name for name, row in rows.items() if row.value is None}
    assert unmeasured == {"lbm.tiny.vs_lbmpy", "lbm.d2q9_1024.vs_xlb", "lbm.d2q9_1024.xla_vs_xlb"}
    assert {rows[name].reason for name in unmeasured} == {"needs --peers"}
    assert all(row.value > 0.0 for name, row in rows.items() if row.unit in ("MLUPS", "x") and name not in unmeasured)
    assert rows["lbm.tiny.native_bandwidth"].value == pytest.approx(rows["lbm.tiny.native"].value * 72e6 / 1e9)


def test_rate_counts_every_cell_of_every_step(monkeypatch):
    clock = iter(range(100))
    monkeypatch.setattr("emulax.workflows.bench.rates.time.perf_counter", lambda: float(next(clock)))
    assert rate(TINY.case(), 3, "xla", count=2, repeats=2) == 2 * 32 * 64 * 3


def test_ratio_to_lbmpy_is_the_median_of_rounds_and_takes_its_better_stores(monkeypatch):
    theirs = iter([(1e6, 5e6), (2e6, 1e6), (4e6, 3e6)])
    monkeypatch.setattr(engines, "rate", lambda *_, **__: 4e6)
    monkeypatch.setattr(engines, "run_peer", lambda *_: dict(zip(("plain", "non-temporal"), next(theirs), strict=True)))
    *_, row = engines.engine_rows(TINY, 1e9, peers=True)
    assert (row.id, row.value) == ("lbm.tiny.vs_lbmpy", 1.0)
    assert row.reason == "4 with walls over 4 MLUPS without (plain)"


def _of_a_few_sums(fields, steps):
    """Stands in for `differentiable`, and compiles at once; in reverse mode it keeps so many fields."""

    def differentiable(cases, given, *, engine):
        assert (given, engine) == (steps, "xla")

        def solve(inputs):
            factors = jnp.arange(1.0, fields + 1.0, dtype=jnp.float32)
            end, _ = jax.lax.scan(lambda p, factor: (jnp.sin(factor * p), None), inputs.pressure, factors)
            return SimpleNamespace(forces=jnp.sum(end)[None, None])

        return solve

    return differentiable


@pytest.mark.parametrize(("measured", "passed"), [(7.9, True), (8.1, False)])
def test_gradient_is_held_against_the_steps_alone(monkeypatch, measured, passed):
    def one_second(case, steps, engine, *, repeats):
        assert (steps, engine) == (7, "xla")
        return case.sdf.size * steps

    monkeypatch.setattr(gradient, "differentiable", _of_a_few_sums(1, 7))
    monkeypatch.setattr(gradient, "rate", one_second)
    monkeypatch.setattr(gradient, "seconds", lambda run, repeats: run() and measured)
    (row,) = gradient_rows(TINY, 7)
    assert (row.id, row.value, row.passed) == ("lbm.vjp7.ratio", measured, passed)


@pytest.mark.parametrize("fields", [9, 90])
def test_memory_of_a_gradient_is_counted_in_states(monkeypatch, fields):
    """A state is nine fields; what goes in and comes out is nearly one."""
    monkeypatch.setattr(gradient, "rate", lambda *_, **__: 1.0)
    monkeypatch.setattr(gradient, "differentiable", _of_a_few_sums(fields, 1))
    (row,) = gradient_rows(TINY, 1)
    states = int(re.search(r"(\d+) states", row.reason)[1])
    assert states == pytest.approx(1 + fields / 9, abs=1)


@pytest.mark.slow
def test_gradient_is_measured_through_the_solver():
    (row,) = gradient_rows(TINY, 4)
    assert row.value > 1.0
    assert int(re.search(r"(\d+) states", row.reason)[1]) > 4


def test_ratio_to_xlb_is_to_the_better_of_its_ways(monkeypatch):
    monkeypatch.setattr("emulax.workflows.bench.xlb.run_peer", lambda *_: {"slow": 1e6, "fast": 2e6})
    monkeypatch.setattr(
        "emulax.workflows.bench.xlb.rate", lambda case, steps, engine: {"native": 8e7, "xla": 8e6}[engine]
    )
    native, xla = xlb_rows(TINY, peers=True)
    assert (native.value, native.passed) == (40.0, True)
    assert (xla.value, xla.passed) == (4.0, False)
    assert "(fast)" in native.reason


@pytest.fixture
def environment(monkeypatch, tmp_path):
    """A cache of its own, and commands that are noted instead of run."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    commands = []

    def run(command, **_):
        commands.append(command)
        folder = tmp_path / "emulax" / "peers" / "-".join(peers.PACKAGES["xlb"]).replace("==", "-")
        folder.mkdir(parents=True, exist_ok=True)
        return SimpleNamespace(returncode=0, stdout='a word\n{"a": 1.5}')

    monkeypatch.setattr(peers.subprocess, "run", run)
    return commands


def test_peer_is_installed_once_and_its_last_line_read(environment):
    assert [run_peer("xlb", "xlb_rate.py", "8x8", 2) for _ in range(2)] == [json.loads('{"a": 1.5}')] * 2
    assert [command[1:3] for command in environment[:2]] == [["-m", "venv"], ["-m", "pip"]]
    assert [command[2:] for command in environment[2:]] == [["8x8", "2"]] * 2


def test_peer_that_cannot_be_had_leaves_its_rows_unjudged(monkeypatch):
    def fail(*_):
        raise RunError("xlb cannot be installed: no network")

    monkeypatch.setattr("emulax.workflows.bench.xlb.run_peer", fail)
    rows = xlb_rows(TINY, peers=True)
    assert [(row.passed, row.reason) for row in rows] == [(None, "xlb cannot be installed: no network")] * 2


def test_without_the_native_engine_one_line_says_why(monkeypatch):
    monkeypatch.setattr("emulax_lbm.engines._unavailable", lambda *_: "there is no C++ compiler")
    with pytest.raises(RunError, match=r"^the native engine cannot be measured: there is no C"):
        bench_lbm()
