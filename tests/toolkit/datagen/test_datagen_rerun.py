import dataclasses

import numpy as np
import pytest

from emulax.data import load_flows
from emulax.datagen import Rerun, read_reruns, rerun, write_reruns
from emulax_lbm import FlowCase, SteadyOptions, simulate_steady


@pytest.fixture(scope="module")
def settled(generated):
    """The tiny dataset's first flow, solved until nothing moves."""
    flow = load_flows(generated).take(slice(0, 1))
    case = FlowCase(flow.sdf[0], float(flow.reynolds[0]), flow.cells_per_length)
    (found,) = simulate_steady([case], SteadyOptions(tolerance=1e-6, force_tolerance=1e-5, coarse_start=False))
    return dataclasses.replace(
        flow,
        velocity=found.velocity[None],
        pressure=found.pressure[None],
        drag_coefficient=np.array([found.drag_coefficient], np.float32),
    )


def test_a_settled_flow_stays_where_it_is(settled):
    (found,) = rerun(settled, every=1)
    assert found.steady
    assert found.velocity < 1e-4
    assert found.drag < 1e-4


def test_a_flow_that_was_stopped_too_early_moves_by_its_error(generated, settled):
    early = load_flows(generated).take(slice(0, 1))
    (found,) = rerun(early, every=1)
    error = np.linalg.norm(early.velocity - settled.velocity) / np.linalg.norm(settled.velocity)
    assert found.velocity == pytest.approx(error, rel=0.1)
    assert found.drag == pytest.approx(abs(early.drag_coefficient[0] / settled.drag_coefficient[0] - 1.0), rel=0.1)


def test_every_nth_flow_is_taken(generated):
    flows = load_flows(generated)
    assert len(flows) == 2
    assert [one.sample_id for one in rerun(flows, every=2)] == [flows.sample_id[1]]
    assert rerun(flows, every=3) == []


@pytest.mark.parametrize(("velocity", "drag"), [(1.1e-3, 0.0), (0.0, 2.1e-3)])
def test_a_change_beyond_a_limit_is_not_steady(velocity, drag):
    assert not Rerun("a", velocity, drag).steady


def test_what_was_found_is_read_back(settled, tmp_path):
    assert read_reruns(tmp_path) is None
    found = rerun(settled, every=1)
    write_reruns(tmp_path, found)
    assert read_reruns(tmp_path) == found
