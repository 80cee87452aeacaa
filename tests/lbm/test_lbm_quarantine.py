"""A case that blows up is named, and the bits of the others are those of a run without it."""

import numpy as np
import pytest

from emulax_lbm import Run, SteadyOptions, simulate, simulate_steady

OPTIONS = SteadyOptions(tolerance=5e-3, force_tolerance=1e-2, max_time=15.0, coarse_start=False, batch=2)
ENGINES = pytest.mark.parametrize("engine", ["xla", pytest.param("native", marks=pytest.mark.native)])


@pytest.fixture(scope="module")
def cases(cylinder):
    return [cylinder(reynolds=reynolds) for reynolds in (7.0, 20.0, 10.0)]


@pytest.fixture(scope="module")
def velocity(cases):
    """The inflow; for the case in the middle at a speed that no lattice can carry."""
    start = np.stack([case.inflow_velocity() for case in cases])
    start[1] *= 30.0
    return start


def _bits(flow):
    numbers = flow.drag_coefficient, flow.lift_coefficient, flow.time, flow.certificate
    return flow.velocity.tobytes(), flow.pressure.tobytes(), *numbers


@ENGINES
def test_case_that_blows_up_leaves_its_slot_and_no_trace(cases, velocity, engine):
    sound = [0, 2]
    order = []
    first, spoilt, last = simulate_steady(
        cases, OPTIONS, velocity=velocity, engine=engine, on_finished=lambda index, _: order.append(index)
    )
    without = simulate_steady([cases[i] for i in sound], OPTIONS, velocity=velocity[sound], engine=engine)
    assert [_bits(first), _bits(last)] == list(map(_bits, without))
    assert order[0] == 1
    certificate = spoilt.certificate
    assert (certificate.accepted, certificate.converged) == (False, False)
    assert certificate.steps == cases[1].steps_per_time
    assert certificate.reason == f"diverged before step {certificate.steps}"
    assert spoilt.velocity.shape == first.velocity.shape
    assert not np.isfinite(spoilt.velocity).all()


@ENGINES
def test_case_that_blows_up_in_a_timed_run_disturbs_no_other(cases, velocity, engine):
    first, spoilt, last = simulate(cases, 90, velocity=velocity, engine=engine)
    without = simulate([cases[0], cases[2]], 90, velocity=velocity[[0, 2]], engine=engine)
    assert [_bits(first), _bits(last)] == list(map(_bits, without))
    assert spoilt.certificate.reason == "diverged before step 90"


def test_run_says_which_of_its_cases_diverged(cases, velocity):
    run = Run(cases, velocity=velocity, engine="xla")
    assert not run.diverged.any()
    run.advance(90)
    assert run.diverged.tolist() == [False, True, False]


def test_number_beyond_the_largest_is_no_error(cases):
    """Fields that are about to overflow become infinite in the user's units, without a warning."""
    velocity = np.stack([case.inflow_velocity() for case in cases[:2]])
    pressure = np.zeros((2, *cases[0].sdf.shape))
    pressure[1, :, 40] = 1e38
    _, spoilt = simulate(cases[:2], 2, velocity=velocity, pressure=pressure, engine="xla")
    assert spoilt.certificate.reason == "diverged before step 2"
