"""The long checks in three dimensions, on stand-ins for the flows that take minutes."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest

from emulax.workflows.validate.lbm import three_dimensions, turbulence
from emulax_lbm import Run
from emulax_lbm.problems import (
    CHANNEL_180,
    SCHAEFER_TUREK_3D1Z_DRAG,
    SPHERE_100_DRAG,
    TAYLOR_GREEN_1600,
    channel,
    taylor_green_octant,
)
from emulax_lbm.problems.channel_statistics import statistics_of
from emulax_lbm.problems.taylor_green_1600 import EnergyDecay

STEADY = {
    "lbm.sphere100.cd": (three_dimensions.sphere_100_drag, SPHERE_100_DRAG * math.pi / 16.0),
    "lbm.st3d1z.cd": (three_dimensions.duct_cylinder_drag, SCHAEFER_TUREK_3D1Z_DRAG * 4.1 / 2.0),
}
TURBULENT = {
    "lbm.tgv1600.peak_dissipation": turbulence.peak_dissipation,
    "lbm.channel180.centre_u_plus": turbulence.centre_velocity,
    "lbm.channel180.u_rms_peak": turbulence.u_rms_peak,
}
steady = pytest.mark.parametrize("name", STEADY)


@pytest.fixture
def gpu(monkeypatch):
    monkeypatch.setattr(turbulence, "_on_a_cpu", lambda: False)


def _ends_with(monkeypatch, drag, converged):
    """A steady run that ends with this force on the part of the body that is computed."""

    def simulate_steady(cases, options, **start):
        assert all(len(values) == 1 for values in start.values())
        return [SimpleNamespace(drag_coefficient=drag, certificate=SimpleNamespace(converged=converged))]

    monkeypatch.setattr(three_dimensions, "simulate_steady", simulate_steady)


@steady
def test_drag_counts_on_the_frontal_area_of_the_whole_body(monkeypatch, name):
    check, part = STEADY[name]
    _ends_with(monkeypatch, part, converged=True)
    row = check(20)
    assert row.id == name
    assert row.limit is not None
    assert row.value == pytest.approx(row.limit.value)
    assert row.passed


@steady
def test_drag_that_is_off_fails(monkeypatch, name):
    check, part = STEADY[name]
    _ends_with(monkeypatch, 1.04 * part, converged=True)
    assert check(20).passed is False


@steady
def test_flow_that_is_not_steady_fails(monkeypatch, name):
    check, part = STEADY[name]
    _ends_with(monkeypatch, part, converged=False)
    assert check(20).passed is False


def test_none_is_soon_done():
    for kind in (three_dimensions, turbulence):
        assert kind.checks(quick=True) == []
    rows = {*STEADY, *TURBULENT}
    assert sum(len(kind.checks(quick=False)) for kind in (three_dimensions, turbulence)) == len(rows)


@pytest.mark.parametrize("name", TURBULENT)
def test_without_a_gpu_turbulence_is_not_judged(name):
    row = TURBULENT[name]()
    assert (row.id, row.value, row.passed, row.reason) == (name, None, None, "needs a GPU")
    assert row.limit is not None


@pytest.mark.usefixtures("gpu")
def test_vortex_is_run_through_its_peak(monkeypatch):
    seen = []

    def decay(run, *, until, every):
        seen.append((run.cases[0].sdf.shape, until, every))
        time = np.linspace(0.0, until, 201)
        bump = [math.erf((t - TAYLOR_GREEN_1600.time) / 0.5) for t in time]
        return EnergyDecay(time, -0.25 * math.sqrt(math.pi) * TAYLOR_GREEN_1600.rate * np.array(bump))

    monkeypatch.setattr(turbulence, "taylor_green_octant", lambda cells: taylor_green_octant(cells, reynolds=5.0))
    monkeypatch.setattr(turbulence, "energy_decay", decay)
    row = turbulence.peak_dissipation(8)
    ((shape, until, every),) = seen
    assert shape == (8, 8, 8)
    assert TAYLOR_GREEN_1600.time + 0.5 < until
    assert every <= 0.1
    assert row.value == pytest.approx(TAYLOR_GREEN_1600.rate, rel=1e-3)
    assert row.passed
    assert "0.012858 at 8.97" in row.reference
    assert "here at 8.9" in row.reference
    assert "16 cells" in row.reference


@pytest.mark.usefixtures("gpu")
def test_both_rows_of_the_channel_read_one_run(monkeypatch):
    """A channel that would give the reference, and how long it is run."""
    runs = []

    def gather(run, *, time, samples):
        runs.append((run.time, time))
        u = np.full(16, CHANNEL_180.centre_velocity)
        zero = np.zeros(16)
        squares = [u**2 + CHANNEL_180.u_rms_peak**2, zero, zero]
        return statistics_of(np.stack([u, zero, zero, *squares, zero]), CHANNEL_180.reynolds, 1.0)

    monkeypatch.setattr(turbulence, "channel", lambda cells, **_: channel(8, reynolds=2.0, length=0.5, width=0.5))
    monkeypatch.setattr(turbulence, "gather_statistics", gather)
    monkeypatch.setattr(Run, "advance", lambda run, steps: runs.append(steps / run.cases[0].steps_per_time))
    turbulence._channel_statistics.cache_clear()
    centre, peak = turbulence.centre_velocity(8), turbulence.u_rms_peak(8)
    turbulence._channel_statistics.cache_clear()
    assert len(runs) == 2
    assert runs[0] >= 5.0
    assert runs[1][1] >= 10.0
    assert centre.value == pytest.approx(CHANNEL_180.centre_velocity)
    assert peak.value == pytest.approx(CHANNEL_180.u_rms_peak)
    assert centre.passed
    assert peak.passed
