from dataclasses import replace

import numpy as np
import pytest

from emulax_lbm import CaseError, Flow, FlowCase, SteadyOptions, coarse_start, open_box, simulate_steady
from emulax_lbm.boundaries import find_links
from emulax_lbm.steady import _coarsen, _refine

LOOSE = SteadyOptions(tolerance=5e-3, force_tolerance=1e-2, max_time=15.0, coarse_start=False)
"""Steady soon enough for a test."""


def _bits(flow: Flow) -> tuple:
    """Fields, forces and the number of steps, to be compared exactly."""
    forces = flow.drag_coefficient, flow.lift_coefficient
    return flow.velocity.tobytes(), flow.pressure.tobytes(), *forces, flow.certificate.steps


@pytest.fixture(scope="module")
def cases(cylinder):
    """Five cases that take different times, so that slots are refilled out of order."""
    numbers = ((2.0, 1.5, 10.0), (2.6, 1.4, 30.0), (1.9, 1.6, 5.0), (2.3, 1.5, 20.0), (2.0, 1.3, 7.0))
    return [cylinder((x, y), reynolds) for x, y, reynolds in numbers]


@pytest.fixture(scope="module")
def alone(cases):
    """Each case run on its own."""
    return [simulate_steady([case], LOOSE)[0] for case in cases]


def test_cases_take_different_times(alone):
    assert len({flow.certificate.steps for flow in alone}) >= 3
    assert all(flow.certificate.accepted for flow in alone)


def test_more_cases_than_slots_are_all_run_and_each_as_if_alone(cases, alone):
    flows = simulate_steady(cases, replace(LOOSE, batch=2))
    assert list(map(_bits, flows)) == list(map(_bits, alone))


def test_batch_that_runs_empty_shrinks_and_changes_nothing(cases, alone):
    flows = simulate_steady(cases[::-1], replace(LOOSE, batch=5))
    assert list(map(_bits, flows[::-1])) == list(map(_bits, alone))


def test_every_finished_case_is_reported_once(cases, alone):
    reported = {}

    def keep(index: int, flow: Flow) -> None:
        assert index not in reported
        reported[index] = flow

    flows = simulate_steady(cases, replace(LOOSE, batch=2), on_finished=keep)
    assert [reported[i] for i in range(len(cases))] == flows


def _one_window_before(case: FlowCase, flow: Flow) -> Flow:
    """The flow of the same run one time unit earlier."""
    options = SteadyOptions(tolerance=1e-12, max_time=flow.time - 1.0, coarse_start=False)
    (before,) = simulate_steady([case], options)
    assert before.certificate.steps == flow.certificate.steps - case.steps_per_time
    return before


def test_steady_flow_is_what_the_criterion_says(cases, alone):
    """One time unit before the end the flow differed by the residual, which is below the tolerance."""
    flow, case = alone[0], cases[0]
    certificate = flow.certificate
    before = _one_window_before(case, flow)
    change = np.linalg.norm(flow.velocity - before.velocity) / np.linalg.norm(flow.velocity)
    assert certificate.residual == pytest.approx(change, rel=1e-4)
    assert change < LOOSE.tolerance
    assert abs(flow.drag_coefficient - before.drag_coefficient) < LOOSE.force_tolerance * flow.drag_coefficient
    assert not before.certificate.residual < LOOSE.tolerance


def test_drag_that_still_changes_is_not_steady(cases):
    """The field criterion met at once, the run goes on for the force's."""
    options = replace(LOOSE, tolerance=1e3, force_tolerance=1e-3)
    (flow,) = simulate_steady(cases[:1], options)
    before = _one_window_before(cases[0], flow)
    assert flow.certificate.converged
    assert flow.certificate.steps > 3 * cases[0].steps_per_time
    assert abs(flow.drag_coefficient - before.drag_coefficient) < 1e-3 * flow.drag_coefficient


def test_case_out_of_time_is_rejected_with_the_reason(cases):
    options = replace(LOOSE, tolerance=1e-9, max_time=2.0)
    (flow,) = simulate_steady(cases[:1], options)
    certificate = flow.certificate
    assert (certificate.converged, certificate.accepted) == (False, False)
    assert certificate.steps == 2 * cases[0].steps_per_time
    assert certificate.reason.startswith(f"not steady after {certificate.steps} steps")


def test_diverging_case_is_rejected_and_leaves_its_neighbours_alone(cases, alone):
    velocity = np.zeros((2, *cases[0].sdf.shape, 2), np.float32)
    velocity[..., 0] = 1.0
    velocity[0, 3, 40] = 1e30
    spoilt, sound = simulate_steady([cases[1], cases[0]], replace(LOOSE, batch=2), velocity=velocity)
    assert not spoilt.certificate.accepted
    assert spoilt.certificate.reason.startswith("diverged")
    assert spoilt.certificate.steps == cases[1].steps_per_time
    assert _bits(sound) == _bits(alone[0])


def test_forces_balance_in_a_steady_flow(cases):
    (flow,) = simulate_steady(cases[2:3], SteadyOptions(coarse_start=False, max_time=40.0))
    certificate = flow.certificate
    assert certificate.accepted
    assert certificate.force_imbalance < 1e-3
    assert certificate.mass_drift < 1e-4


def test_coarse_start_reaches_the_same_flow_sooner(cylinder):
    case = cylinder(reynolds=8.0)
    options = SteadyOptions(tolerance=1e-3, max_time=30.0)
    (coarse,) = simulate_steady([case], options)
    (uniform,) = simulate_steady([case], replace(options, coarse_start=False))
    assert coarse.certificate.steps < uniform.certificate.steps
    difference = np.linalg.norm(coarse.velocity - uniform.velocity) / np.linalg.norm(uniform.velocity)
    assert difference < 3 * options.tolerance
    assert coarse.drag_coefficient == pytest.approx(uniform.drag_coefficient, rel=3e-3)


def test_coarse_start_is_what_a_run_with_one_starts_from(cases):
    options = replace(LOOSE, coarse_start=True)
    velocity, pressure = coarse_start(cases[:1], LOOSE)
    given = simulate_steady(cases[:1], options, velocity=velocity, pressure=pressure)
    assert list(map(_bits, given)) == list(map(_bits, simulate_steady(cases[:1], options)))


def test_coarse_start_of_one_case_does_not_depend_on_the_others(cylinder):
    """The second case cannot run on half the cells."""
    case, fast = cylinder(reynolds=8.0), cylinder(reynolds=40.0)
    options = replace(LOOSE, coarse_start=True)
    assert _bits(simulate_steady([case, fast], options)[0]) == _bits(simulate_steady([case], options)[0])


def test_empty_box_becomes_steady_beside_a_body(cylinder):
    empty = FlowCase(open_box((24, 48)), 10.0, 8)
    flow, _ = simulate_steady([empty, cylinder()], LOOSE)
    assert flow.certificate.converged


def test_double_precision_becomes_steady(cylinder):
    (flow,) = simulate_steady([cylinder(precision="float64")], LOOSE)
    assert flow.certificate.accepted
    assert flow.velocity.dtype == np.float64


def test_no_cases_give_no_flows():
    assert simulate_steady([]) == []


@pytest.mark.parametrize("name", ["tolerance", "force_tolerance", "max_time", "batch"])
@pytest.mark.parametrize("value", [0, -1])
def test_options_must_be_positive(name, value):
    with pytest.raises(CaseError, match=rf"^{name}: is {value}"):
        SteadyOptions(**{name: value})


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_options_must_be_finite(value):
    with pytest.raises(CaseError, match=r"^tolerance: "):
        SteadyOptions(tolerance=value)


def test_coarse_case_is_the_same_problem_on_half_the_cells(cylinder, circle_sdf):
    coarse = _coarsen(cylinder(reynolds=8.0))
    assert (coarse.sdf.shape, coarse.cells_per_length, coarse.reynolds) == ((12, 24), 4, 8.0)
    np.testing.assert_allclose(coarse.sdf, circle_sdf((2.0, 1.5), grid=(12, 24), cells=4), atol=0.05)


def test_refinement_is_exact_for_linear_fields_inside():
    y, x = np.indices((6, 8)) + 0.5
    fine_y, fine_x = (np.indices((12, 16)) + 0.5) / 2.0
    refined = _refine(np.stack([2.0 * x + y, x - 3.0 * y], axis=-1), 2)
    expected = np.stack([2.0 * fine_x + fine_y, fine_x - 3.0 * fine_y], axis=-1)
    np.testing.assert_allclose(refined[1:-1, 1:-1], expected[1:-1, 1:-1], rtol=1e-14)


def test_links_of_a_case_are_found_once(cases, monkeypatch):
    found = []

    def find(*arguments, **options):
        found.append(1)
        return find_links(*arguments, **options)

    monkeypatch.setattr("emulax_lbm.setup.find_links", find)
    simulate_steady(cases, replace(LOOSE, batch=2, max_time=1.0))
    assert len(found) == len(cases)


def test_pressure_without_a_velocity_is_refused(cases):
    with pytest.raises(CaseError, match=r"^pressure: is given without the velocity"):
        simulate_steady(cases[:1], LOOSE, pressure=np.zeros((1, *cases[0].sdf.shape)))
