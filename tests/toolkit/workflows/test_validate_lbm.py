"""The checks of the solver on small grids: what they measure, and that they would notice."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from emulax.workflows.rows import Limit, Row, all_passed
from emulax.workflows.validate import lbm, validate_lbm
from emulax.workflows.validate.lbm import benchmarks, exact, invariants, orders, schaefer_turek
from emulax_lbm import Run, simulate, simulate_steady
from emulax_lbm.problems import SQUARE_SYMMETRIES, cavity

SMALL = {"cavity": cavity(16, 50.0)}
AGREEMENT = Limit("<=", 1e-12)


@pytest.mark.parametrize("quick", [True, False])
def test_every_check_gives_its_row_in_turn(monkeypatch, quick):
    def fake(name, *, quick):
        return [partial(Row, f"{name}.first", 1.0), *([] if quick else [partial(Row, f"{name}.long", 1.0)])]

    names = ("exact", "orders", "invariants", "gradients", "benchmarks", "three_dimensions", "turbulence")
    for name in names:
        monkeypatch.setattr(getattr(lbm, name), "checks", partial(fake, name))
    expected = [f"{name}.{size}" for name in names for size in (("first",) if quick else ("first", "long"))]
    assert [row.id for row in validate_lbm(quick=quick)] == expected


def test_quick_run_leaves_only_checks_out():
    for kind in (exact, orders, invariants, benchmarks):
        assert 0 < len(kind.checks(quick=True)) <= len(kind.checks(quick=False))


def test_profiles_are_exact():
    assert exact.poiseuille_exact(6).passed
    assert exact.couette_exact(6).passed


def test_displaced_wall_is_noticed():
    assert exact.poiseuille_exact(6, magic=0.25).passed is False


def test_displaced_wall_comes_home_with_second_order():
    row = orders.poiseuille_order((4, 6))
    assert row.value == pytest.approx(2.0, abs=1e-6)


def test_inclined_walls_come_home_with_second_order_and_a_staircase_does_not():
    assert orders.inclined_poiseuille_order((16, 24)).passed
    assert orders.inclined_poiseuille_order((16, 24), walls="half-way").passed is False


def test_worse_of_the_two_cylinders_gives_the_order(monkeypatch):
    def error(case, exact, *, width):
        outer_at_rest = not case.wall_velocity[0].any()
        return case.cells_per_length ** (-2.2 if outer_at_rest else -2.1)

    monkeypatch.setattr(orders, "_steady_error", error)
    row = orders.circular_couette_order((16, 32))
    assert row.value == pytest.approx(2.2)
    assert row.passed is False
    assert "the inner cylinder turning is the worse" in row.reference


def test_worse_of_the_two_lattices_gives_the_order(monkeypatch):
    errors = {"D3Q19": (4.0, 1.0), "D3Q27": (5.0, 1.0)}

    def error_after(case, *_):
        return errors[case.velocity_set.name][0 if len(case.sdf) == 16 else 1]

    monkeypatch.setattr(orders, "_error_after", error_after)
    row = orders.taylor_green_3d_order((16, 32))
    assert row.value == pytest.approx(np.log2(5.0))
    assert row.passed is False
    assert "D3Q27 is the worse" in row.reference


def test_time_step_falls_with_the_square_of_the_cell(monkeypatch):
    seen = []
    monkeypatch.setattr(
        orders, "_error_after", lambda case, *_: seen.append(case.steps_per_time) or len(case.sdf) ** -2.0
    )
    assert orders.taylor_green_order((16, 32, 64), tolerance=0.1).value == pytest.approx(2.0)
    assert [seen[1] / seen[0], seen[2] / seen[1]] == [4.0, 4.0]


def test_mass_is_kept():
    row = invariants.closed_box_mass("float64", AGREEMENT, steps=200)
    assert row.id == "lbm.closed_box.mass_drift_f64"
    assert row.passed


def test_momentum_is_kept():
    assert invariants.momentum_drift(16, steps=200).passed


def test_push_is_noticed(monkeypatch):
    def pushed(cases, steps, **start):
        return simulate([replace(case, body_force=(1e-9, 0.0)) for case in cases], steps, **start)

    monkeypatch.setattr(invariants, "simulate", pushed)
    assert invariants.momentum_drift(16, steps=200).passed is False


def test_stream_carries_a_vortex_as_it_is_and_viscosity_that_depends_on_it_is_noticed(monkeypatch):
    assert orders.galilean_order((32, 48)).passed

    def thicker(cases, steps, *, velocity, pressure):
        slower = 0.95 if abs(velocity.mean()) > 0.1 else 1.0
        thick = [replace(case, reynolds=slower * case.reynolds) for case in cases]
        return simulate(thick, steps, velocity=velocity, pressure=pressure)

    monkeypatch.setattr(orders, "simulate", thicker)
    assert orders.galilean_order((32, 48)).passed is False


def test_images_agree_with_the_image():
    row = invariants.symmetry_defect(16, 200, [SQUARE_SYMMETRIES[5]])
    assert row.passed
    assert row.value > 0.0


def test_force_that_does_not_turn_along_is_noticed(monkeypatch):
    monkeypatch.setattr(
        invariants,
        "simulate",
        lambda cases, steps: simulate([replace(case, body_force=(1.0, 0.0)) for case in cases], steps),
    )
    assert invariants.symmetry_defect(16, 200, [SQUARE_SYMMETRIES[1]]).passed is False


@pytest.mark.native
def test_engines_agree():
    row = invariants.engine_agreement(SMALL, AGREEMENT, steps=50)
    assert row.id == "lbm.engines.agreement_f64"
    assert row.passed


@pytest.mark.native
def test_engines_that_differ_are_noticed(monkeypatch):
    def skewed(cases, steps, *, engine):
        (flow,) = simulate(cases, steps)
        return [replace(flow, velocity=flow.velocity + (1e-11 if engine == "native" else 0.0))]

    monkeypatch.setattr(invariants, "simulate", skewed)
    assert invariants.engine_agreement(SMALL, AGREEMENT, steps=4).passed is False


def test_without_the_native_engine_agreement_is_not_judged(monkeypatch):
    monkeypatch.setattr("emulax_lbm.engines._unavailable", lambda *_: "there is no C++ compiler")
    row = invariants.engine_agreement(SMALL, AGREEMENT, steps=4)
    assert (row.value, row.passed) == (None, None)
    assert row.reason == "needs the native engine: there is no C++ compiler"


@pytest.mark.native
def test_case_that_blows_up_is_quarantined():
    row = invariants.quarantine(8)
    assert row.id == "lbm.ensemble.quarantine"
    assert row.passed


@pytest.mark.native
def test_neighbour_that_changes_by_a_bit_is_noticed(monkeypatch):
    def disturbed(cases, options, **given):
        flows = simulate_steady(cases, options, **given)
        return [replace(flow, time=flow.time + 1e-12 * len(cases)) for flow in flows]

    monkeypatch.setattr(invariants, "simulate_steady", disturbed)
    assert invariants.quarantine(8).value == 0.0


def test_run_goes_on_bit_for_bit():
    row = invariants.restart_bits(12)
    assert row.id == "lbm.restart.bit_exact"
    assert row.passed


def test_run_that_goes_on_elsewhere_is_noticed(monkeypatch):
    monkeypatch.setattr("emulax_lbm.engines._unavailable", lambda *_: "there is no C++ compiler")
    restore = Run.restore

    def one_step_late(path, cases):
        run = restore(path, cases)
        run.advance(1)
        return run

    monkeypatch.setattr(Run, "restore", one_step_late)
    row = invariants.restart_bits(12)
    assert row.passed is False
    assert row.reason.startswith("without the native engine")


@pytest.fixture
def forces(monkeypatch):
    """Drag and lift coefficients in place of computed ones, 40 in a time unit."""
    schaefer_turek._shedding.cache_clear()
    schaefer_turek._pulse.cache_clear()
    time = np.arange(1, 3201) / 40.0
    found = np.stack([3.2 + 0.03 * np.cos(1.2 * np.pi * time), 0.98 * np.sin(0.6 * np.pi * time)], axis=1)
    monkeypatch.setattr(schaefer_turek, "_forces", lambda case, time: (found, 0.025))
    return found


def test_shedding_is_measured_over_the_last_periods(forces):
    forces[:1600] *= 0.5
    rows = [
        schaefer_turek.shedding_drag(40),
        schaefer_turek.shedding_lift(40),
        schaefer_turek.shedding_strouhal_number(40),
    ]
    assert [row.id for row in rows] == ["lbm.st2d2.cd_max", "lbm.st2d2.cl_max", "lbm.st2d2.strouhal"]
    assert [row.value for row in rows] == pytest.approx([3.23, 0.98, 0.3], rel=1e-4)


@pytest.mark.parametrize("spoil", [np.nan, 3.0], ids=["diverged", "not periodic"])
def test_shedding_that_cannot_be_measured_fails(forces, spoil):
    forces[-200:, 1] *= spoil
    assert schaefer_turek.shedding_lift(40).passed is False


def test_pulse_is_measured_at_its_largest(forces):
    rise = 1.0 + 0.5 * np.exp(-(((np.arange(1, 3201) / 40.0 - 30.0) / 20.0) ** 2))
    forces *= rise[:, None]
    row = schaefer_turek.pulse_drag(40)
    assert row.id == "lbm.st2d3.cd_max"
    assert row.value == pytest.approx(1.5 * 3.23, rel=1e-4)
    assert schaefer_turek.pulse_lift(40).value == pytest.approx(1.5 * 0.98, rel=2e-3)


def test_pulse_that_diverges_fails(forces):
    forces[-1] = np.inf
    assert schaefer_turek.pulse_lift(40).passed is False


def test_steady_cylinder_is_near_the_benchmark_on_few_cells():
    drag = schaefer_turek.steady_drag(10, tolerance=0.1)
    assert drag.id == "lbm.st2d1.cd"
    assert drag.passed
    assert schaefer_turek.steady_pressure_difference(10).value == pytest.approx(0.1175, rel=0.1)


def test_cylinder_that_is_not_steady_fails(monkeypatch):
    monkeypatch.setattr(schaefer_turek, "_steady", lambda cells: None)
    assert schaefer_turek.steady_lift(40).passed is False


@pytest.mark.parametrize("extremum", ["u_min", "v_max", "v_min"])
def test_coarse_cavity_is_near_botella_and_peyret(extremum):
    row = benchmarks.cavity_extremum(100, extremum, tolerance=0.005, cells=32)
    assert row.id == f"lbm.cavity100.{extremum}"
    assert row.passed


def test_cavity_that_is_not_steady_fails(monkeypatch):
    monkeypatch.setattr(benchmarks, "_steady_cavity", lambda *_: None)
    assert benchmarks.cavity_extremum(1000, "v_max", tolerance=0.0019).passed is False


@pytest.mark.slow
def test_quick_run_passes_and_its_rows_are_documented():
    rows = validate_lbm(quick=True)
    assert all_passed(rows)
    documented = (Path(__file__).parents[3] / "docs" / "commands.md").read_text(encoding="utf-8")
    assert [row.id for row in rows if f"`{row.id}`" not in documented] == []
