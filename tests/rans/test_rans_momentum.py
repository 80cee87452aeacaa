"""Balances of momentum over a section."""

import jax.numpy as jnp
import numpy as np
import pytest

from emulax_rans import Section, duct_quadrant, momentum
from emulax_rans.grid import grid_of
from emulax_rans.mean_flow import ReynoldsStress

WALLED = frozenset({"low_y", "high_y", "low_z", "high_z"})


@pytest.fixture
def grid():
    return grid_of(duct_quadrant(6, first=0.08, aspect_ratio=1.5))


@pytest.fixture
def velocity(grid, rng):
    rows, columns = grid.share.shape
    u, psi = rng.standard_normal((rows, columns)), rng.standard_normal((rows - 1, columns - 1))
    return momentum.velocity_of(grid, jnp.asarray(u), jnp.asarray(psi))


def _stress(grid, rng, nu_t=0.0):
    a = rng.standard_normal((*grid.share.shape, 3, 3))
    return ReynoldsStress(jnp.full(grid.share.shape, nu_t), jnp.asarray(a + np.swapaxes(a, -1, -2)))


def _none(grid, nu_t=0.0):
    return ReynoldsStress(jnp.full(grid.share.shape, nu_t), jnp.zeros((*grid.share.shape, 3, 3)))


def test_every_cell_conserves_mass(grid, velocity):
    np.testing.assert_allclose(grid.y.divergence(velocity.v) + grid.z.divergence(velocity.w), 0.0, atol=1e-12)


def test_nothing_flows_through_a_side(velocity):
    for sides in (velocity.v[:, ::6], velocity.w[::9]):
        np.testing.assert_array_equal(sides, 0.0)


def test_convection_keeps_the_momentum(grid, velocity):
    lost = momentum.streamwise(grid, velocity, _none(grid), 0.0)
    assert (grid.share * lost).sum() == pytest.approx(0.0, abs=1e-12)


def test_stresses_without_walls_to_hold_them_keep_the_momentum(grid, velocity, rng):
    lost = momentum.streamwise(grid, velocity, _stress(grid, rng), 0.0)
    assert (grid.share * lost).sum() == pytest.approx(0.0, abs=1e-12)


def test_a_pressure_makes_no_circulation(grid, velocity, rng):
    plain = momentum.circulation(grid, velocity, _none(grid, 0.1), 0.1)
    pressure = rng.standard_normal(grid.share.shape)[..., None, None] * np.eye(3)
    pressed = _none(grid, 0.1)._replace(remainder=jnp.asarray(pressure))
    np.testing.assert_allclose(momentum.circulation(grid, velocity, pressed, 0.1), plain, atol=1e-10)


def test_a_round_turn_has_twice_its_rate_of_vorticity():
    # psi = -(y^2 + z^2) / 2 turns rigidly: V = -z, W = y.
    faces = np.array([-1.0, -0.4, 0.1, 0.5, 1.0])
    grid = grid_of(Section(faces, faces, WALLED))
    z, y = np.meshgrid(faces, faces, indexing="ij")
    whole = jnp.asarray(-0.5 * (y**2 + z**2))
    turning = momentum.Velocity(jnp.zeros((4, 4)), grid.z.divergence(whole), -grid.y.divergence(whole))
    np.testing.assert_allclose(momentum.vorticity(grid, turning), 2.0)


def test_an_unstrained_section_has_poiseuille_flow():
    """Between walls far apart, U = (1 - y^2) / 2 takes a unit force per unit viscosity."""
    y = np.linspace(-1.0, 1.0, 21)
    grid = grid_of(Section(y, np.array([0.0, 1.0]), frozenset({"low_y", "high_y"})))
    centres = 0.5 * (y[1:] + y[:-1])[None]
    velocity = momentum.velocity_of(grid, jnp.asarray(0.5 * (1.0 - centres**2)), jnp.zeros((0, 19)))
    lost = momentum.streamwise(grid, velocity, _none(grid), 1.0)
    np.testing.assert_allclose(lost, 1.0)


def test_gradient_of_a_linear_shear(grid):
    z, y = duct_quadrant(6, first=0.08, aspect_ratio=1.5).centres
    shear = momentum.velocity_of(grid, jnp.asarray(2.0 * y - 3.0 * z), jnp.zeros((8, 5)))
    inner = momentum.gradient(grid, shear)[1:-1, 1:-1]
    np.testing.assert_allclose(inner[..., 0, 1], 2.0)
    np.testing.assert_allclose(inner[..., 0, 2], -3.0)
    np.testing.assert_array_equal(inner[..., 1:, :], 0.0)


def test_gradient_has_no_trace(grid, velocity):
    np.testing.assert_allclose(jnp.trace(momentum.gradient(grid, velocity), axis1=-2, axis2=-1), 0.0, atol=1e-12)
