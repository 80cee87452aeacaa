"""Exact flows between walls that cross the links anywhere."""

import jax.numpy as jnp
import numpy as np
import pytest

from emulax_lbm import CaseError, Run
from emulax_lbm.monitor import exchanged
from emulax_lbm.problems import CircularCouette, inclined_poiseuille, observed_order


def _steady(case, exact) -> tuple[Run, float]:
    """The run when the flow has become steady, and its relative error."""
    run = Run([case], velocity=exact[None])
    run.advance(round(0.7 * case.cells_per_length**2 / case.viscosity))
    return run, float(np.linalg.norm(run.velocity()[0] - exact) / np.linalg.norm(exact))


def test_inclined_channel_repeats_across_its_box():
    case, exact = inclined_poiseuille(16)
    # Two cells along and one up lead to the same place of the channel, also round the edges.
    np.testing.assert_allclose(np.roll(case.sdf, (1, 2), (0, 1)), case.sdf, atol=1e-12)
    np.testing.assert_allclose(np.roll(exact, (1, 2), (0, 1)), exact, atol=1e-12)
    assert case.sdf.max() == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize(("walls", "error"), [("bouzidi", 0.004), ("bouzidi-quadratic", 0.0016)])
def test_inclined_channel_has_the_parabola(walls, error):
    assert _steady(*inclined_poiseuille(16, walls=walls))[1] < error


@pytest.mark.slow
@pytest.mark.parametrize("walls", ["bouzidi", "bouzidi-quadratic"])
def test_inclined_channel_is_second_order(walls):
    rows = (16, 24, 32)
    errors = [_steady(*inclined_poiseuille(n, walls=walls))[1] for n in rows]
    assert observed_order(rows, errors) == pytest.approx(2.0, abs=0.15)


@pytest.mark.parametrize("turning", ["inner", "outer"])
def test_couette_velocity_is_that_of_the_walls_at_the_walls(turning):
    problem = CircularCouette(turning=turning)
    case, exact = problem.case(64), problem.velocity(64)
    assert not exact[case.sdf <= 0.0].any()
    close = np.abs(case.sdf) < 0.01
    fluid = case.sdf > 0.0
    np.testing.assert_allclose(exact[close & fluid], case.wall_velocity[close & fluid], atol=0.06)


@pytest.mark.parametrize("turning", ["inner", "outer"])
def test_couette_flow_and_its_torque(turning):
    problem, cells = CircularCouette(turning=turning), 16
    case = problem.case(cells)
    run, error = _steady(case, problem.velocity(cells))
    assert error < 0.006
    of_inner = tuple(
        link._replace(weight=jnp.where(jnp.linalg.norm(link.arm, axis=-1) < 0.75 * cells, link.weight, 0.0))
        for link in run.parameters.links
    )
    walls, _ = exchanged(run.setup, run.parameters._replace(links=of_inner), run.state)
    assert float(walls.moment[0, 0]) / case.moment_scale == pytest.approx(problem.torque_coefficient, rel=0.01)
    # What one cylinder takes the other one gives.
    np.testing.assert_allclose(run.moments(), 0.0, atol=0.005 * abs(problem.torque_coefficient))


@pytest.mark.slow
def test_couette_flow_is_second_order():
    problem, cells = CircularCouette(), (16, 24, 32)
    errors = [_steady(problem.case(n, walls="bouzidi-quadratic"), problem.velocity(n))[1] for n in cells]
    assert observed_order(cells, errors) == pytest.approx(2.0, abs=0.15)


def test_couette_needs_a_multiple_of_eight_cells():
    with pytest.raises(CaseError, match=r"^cells: is 20, must be a multiple of 8"):
        CircularCouette().case(20)
