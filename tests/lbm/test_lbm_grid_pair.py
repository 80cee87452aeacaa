"""The error that a pair of grids shows is the error there is."""

from dataclasses import replace

import numpy as np
import pytest

from emulax_lbm import CaseError, SteadyOptions, open_box, simulate_steady
from emulax_lbm.grid_pair import at_coarse_centres
from emulax_lbm.problems import poiseuille

PAIR = SteadyOptions(tolerance=5e-3, force_tolerance=1e-2, max_time=15.0, grid_pair=True)


def test_estimate_for_a_displaced_wall_is_the_error():
    """Half-way walls of the magic parameter 1/4 are off by a part of a cell: an error of second order."""
    case, exact = poiseuille(16, magic=0.25)
    (flow,) = simulate_steady([replace(case, sdf=open_box((16, 16)))], replace(PAIR, tolerance=1e-6, max_time=60.0))
    error = np.linalg.norm(flow.velocity[:, 0, 0] - exact[:, 0]) / np.linalg.norm(exact[:, 0])
    assert error > 1e-3
    assert flow.certificate.velocity_error == pytest.approx(error, rel=0.02)
    assert flow.certificate.drag_error is None


def test_flow_without_an_error_has_none():
    case, _ = poiseuille(16)
    (flow,) = simulate_steady([replace(case, sdf=open_box((16, 16)))], replace(PAIR, tolerance=1e-6, max_time=60.0))
    assert flow.certificate.velocity_error < 1e-6


@pytest.fixture(scope="module")
def pair(cylinder, circle_sdf):
    """A cylinder with its estimate, and the flow on half the cells."""
    case = cylinder(reynolds=8.0)
    half = replace(case, sdf=circle_sdf((2.0, 1.5), grid=(12, 24), cells=4), cells_per_length=4)
    return simulate_steady([case], PAIR)[0], simulate_steady(
        [half], replace(PAIR, coarse_start=False, grid_pair=False)
    )[0]


def test_drag_is_off_by_a_third_of_the_difference(pair):
    flow, half = pair
    expected = abs(half.drag_coefficient - flow.drag_coefficient) / flow.drag_coefficient / 3.0
    assert flow.certificate.drag_error == pytest.approx(expected, rel=0.1)


def test_estimate_changes_nothing_else(pair, cylinder):
    (flow,) = simulate_steady([cylinder(reynolds=8.0)], replace(PAIR, grid_pair=False))
    assert (flow.certificate.velocity_error, flow.certificate.drag_error) == (None, None)
    estimates = {"velocity_error": None, "drag_error": None}
    assert replace(pair[0].certificate, **estimates) == flow.certificate
    np.testing.assert_array_equal(pair[0].velocity, flow.velocity)


def test_flow_that_is_not_steady_has_no_estimate(cylinder):
    (flow,) = simulate_steady([cylinder(reynolds=8.0)], replace(PAIR, max_time=1.0))
    assert not flow.certificate.converged
    assert flow.certificate.velocity_error is None


def test_cubics_are_carried_over_exactly_up_to_walls_and_edges(rng):
    """A wall of one cell leaves cubics from one side on its left, and from the other on its right."""
    factors = rng.normal(size=(2, 4))

    def cubic(shape):
        y, x = ((np.arange(n) + 0.5) / n for n in shape)
        return (np.polyval(factors[0], y)[:, None] * np.polyval(factors[1], x))[..., None]

    fluid = np.ones((12, 16), bool)
    fluid[:, 9] = False
    values, there = at_coarse_centres(np.where(fluid[..., None], cubic((12, 16)), 0.0), fluid)
    expected = np.ones((6, 8), bool)
    expected[:, 4] = False
    np.testing.assert_array_equal(there, expected)
    np.testing.assert_allclose(values[there], cubic((6, 8))[there], atol=1e-13)


def test_narrow_gap_takes_the_mean_of_its_pair():
    fluid = np.zeros((6, 8), bool)
    fluid[:, 2:4] = True
    values = np.where(fluid, np.arange(8.0), 0.0)[..., None]
    carried, there = at_coarse_centres(values, fluid)
    assert there.sum() == 3
    np.testing.assert_allclose(carried[there], 2.5)


def test_pair_without_a_coarse_start_is_refused():
    with pytest.raises(CaseError, match=r"^grid_pair: is on, but coarse_start is off"):
        SteadyOptions(grid_pair=True, coarse_start=False)


def test_pair_with_a_given_start_is_refused(cylinder):
    case = cylinder(reynolds=8.0)
    with pytest.raises(CaseError, match=r"^grid_pair: is on, but a velocity to start from is given"):
        simulate_steady([case], PAIR, velocity=case.inflow_velocity()[None])


def test_case_that_half_the_cells_do_not_resolve_is_named(cylinder):
    with pytest.raises(CaseError, match=r"^grid_pair: is on, but case 1 cannot be run on half the cells"):
        simulate_steady([cylinder(reynolds=8.0), cylinder(reynolds=40.0)], PAIR)
