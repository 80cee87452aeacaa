from dataclasses import replace

import numpy as np
import pytest

from emulax_lbm import PERIODIC, TRT, CaseError, Flow, FlowCase, open_box, simulate
from emulax_lbm.problems import box_vortex, poiseuille

STEPS = 80


def _bits(flow: Flow) -> tuple:
    """Fields and forces, to be compared exactly."""
    return flow.velocity.tobytes(), flow.pressure.tobytes(), flow.drag_coefficient, flow.lift_coefficient


@pytest.fixture(scope="module")
def cases(cylinder):
    return [cylinder(), cylinder((2.6, 1.4), 20.0, diameter=1.3), cylinder((1.9, 1.6), 5.0, diameter=0.8)]


@pytest.fixture(scope="module")
def flows(cases):
    return simulate(cases, STEPS)


def test_result_does_not_depend_on_the_slot(cases, flows):
    order = [2, 0, 1]
    assert [_bits(flow) for flow in simulate([cases[i] for i in order], STEPS)] == [_bits(flows[i]) for i in order]


def test_result_does_not_depend_on_the_batch(cases, flows):
    assert _bits(simulate(cases[:1], STEPS)[0]) == _bits(flows[0])


def test_certificate_does_not_depend_on_the_batch(cases, flows):
    assert simulate(cases[:1], STEPS)[0].certificate == flows[0].certificate


def test_xla_computes_a_case_alone_as_among_others(cases):
    among, (alone,) = (simulate(some, STEPS, engine="xla") for some in (cases, cases[1:2]))
    assert (_bits(alone), alone.certificate) == (_bits(among[1]), among[1].certificate)


def test_diverging_case_is_rejected_and_leaves_its_neighbours_alone(cases, flows):
    velocity = np.zeros((3, *cases[0].sdf.shape, 2), np.float32)
    velocity[..., 0] = 1.0
    velocity[1, 3, 40] = 1e30
    first, spoilt, last = simulate(cases, STEPS, velocity=velocity)
    assert not spoilt.certificate.accepted
    assert "diverged" in spoilt.certificate.reason
    assert (_bits(first), _bits(last)) == (_bits(flows[0]), _bits(flows[2]))


def test_different_bodies_have_different_flows(flows):
    assert len({flow.drag_coefficient for flow in flows}) == 3


def test_nothing_moves_in_the_solid(cases, flows):
    for case, flow in zip(cases, flows, strict=True):
        solid = case.sdf <= 0.0
        assert solid.any()
        assert not flow.velocity[solid].any()
        assert not flow.pressure[solid].any()


def test_fields_are_in_the_precision_and_units_of_the_user(cases, flows):
    for flow in flows:
        assert flow.velocity.dtype == flow.pressure.dtype == np.float32
        assert 1.0 < flow.velocity[..., 0].max() < 2.5
        assert flow.time == pytest.approx(STEPS / cases[0].steps_per_time)


def test_drag_pushes_downstream_and_falls_with_the_reynolds_number(cylinder):
    slow, fast = simulate([cylinder(reynolds=5.0), cylinder(reynolds=20.0), cylinder()], STEPS)[:2]
    assert slow.drag_coefficient > fast.drag_coefficient > 1.0


def test_body_across_the_middle_has_no_lift(flows):
    assert abs(flows[0].lift_coefficient) < 1e-3 * flows[0].drag_coefficient


def test_certificate_of_a_timed_run_states_what_was_measured(cases, flows):
    for case, flow in zip(cases, flows, strict=True):
        certificate = flow.certificate
        assert certificate.relaxation_time == case.relaxation_time
        assert certificate.steps == STEPS
        fastest = case.velocity_scale * np.sqrt(3.0) * np.linalg.norm(flow.velocity, axis=-1).max()
        assert certificate.mach_max == pytest.approx(fastest, rel=1e-5)
        assert certificate.residual > 1e-4
        assert not certificate.converged


def test_residual_is_the_change_over_one_time_unit(cases, flows):
    assert cases[0].steps_per_time == STEPS
    for case, flow in zip(cases, flows, strict=True):
        start = np.where(case.sdf[..., None] > 0.0, [1.0, 0.0], 0.0)
        change = np.linalg.norm(flow.velocity - start) / np.linalg.norm(flow.velocity)
        assert flow.certificate.residual == pytest.approx(change, rel=1e-4)


def test_too_few_steps_are_refused(cases):
    with pytest.raises(CaseError, match=r"^steps: is 1, must be at least 2"):
        simulate(cases, 1)


def test_no_cases_give_no_flows():
    assert simulate([], 2) == []


def test_uniform_pressure_stays():
    case = FlowCase(open_box((32, 3)), 80.0, 32, edges=PERIODIC, precision="float64")
    for flow in simulate([case] * 3, 10, pressure=np.full((3, 32, 3), 0.7)):
        np.testing.assert_allclose(flow.pressure, 0.7, rtol=1e-12)


def test_fluid_at_rest_stays_at_rest_and_is_accepted():
    case = FlowCase(open_box((32, 3)), 80.0, 32, edges=PERIODIC, precision="float64")
    for flow in simulate([case] * 3, 10):
        assert not flow.velocity.any()
        assert flow.certificate.accepted


def _slow_poiseuille(**changes) -> tuple[FlowCase, np.ndarray]:
    """Six cells across, and six hundred steps in the time unit."""
    case, exact = poiseuille(6, reynolds=0.4)
    return replace(case, lattice_velocity=0.01, **changes), exact


def test_poiseuille_flow_is_exact():
    case, exact = _slow_poiseuille()
    (flow,) = simulate([case], 600)
    np.testing.assert_allclose(flow.velocity[..., 0], exact, atol=1e-10)
    np.testing.assert_allclose(flow.velocity[..., 1], 0.0, atol=1e-12)


def test_poiseuille_flow_is_off_with_another_magic_parameter():
    case, exact = _slow_poiseuille(collision=TRT(0.25))
    (flow,) = simulate([case], 600)
    error = np.abs(flow.velocity[..., 0] - exact).max()
    # The slip of a half-way wall, 4 / 3 (magic - 3 / 16) (dx / H)^2 in units of the peak (Ginzburg & d'Humieres 2003).
    assert error == pytest.approx(4.0 / 3.0 * (0.25 - 3.0 / 16.0) * 4.0 / 6**2, rel=0.01)


def test_closed_box_keeps_its_mass_in_single_precision():
    case, velocity, pressure = box_vortex(12)
    (flow,) = simulate([case], 2000, velocity=velocity, pressure=pressure)
    assert flow.certificate.mass_drift < 1e-6
    assert np.abs(flow.velocity).max() > 0.05
