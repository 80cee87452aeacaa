"""The turbulent channel: its start, its statistics, and the laminar flow it comes to at a low Reynolds number."""

import numpy as np
import pytest

from emulax_lbm import D3Q19, D3Q27, TRT, Cumulant, Run
from emulax_lbm.problems import CHANNEL_180, channel, disturbed, gather_statistics
from emulax_lbm.problems.channel_180 import turbulent_profile
from emulax_lbm.problems.channel_statistics import plane_means, statistics_of


def _box(half_height):
    return channel(half_height, reynolds=50.0, length=2.0, width=1.0)


def _laminar():
    return channel(8, reynolds=2.0, length=0.5, width=0.5, lattice=D3Q19, collision=TRT())


def _wave_derivative(field, axis):
    """Derivative of a periodic field over cells."""
    k = 2j * np.pi * np.fft.fftfreq(field.shape[axis])
    shape = [1, 1, 1]
    shape[axis] = -1
    return np.fft.ifft(np.fft.fft(field, axis=axis) * k.reshape(shape), axis=axis).real


def test_box_has_its_size_in_half_heights():
    case = channel(40, length=0.5, width=0.2)
    assert case.sdf.shape == (8, 80, 20)
    assert (case.reynolds, case.velocity_set, case.collision) == (CHANNEL_180.reynolds, D3Q27, Cumulant())


def test_flow_at_rest_comes_to_the_parabola_and_its_friction_to_the_force():
    run = Run([_laminar()])
    run.advance(40)
    early = gather_statistics(run, time=0.1, samples=4)
    # Hardly any friction yet: the fluid falls freely.
    assert early.friction_velocity < 0.7
    run.advance(5000)
    y = (np.arange(8) + 0.5) / 8
    late = gather_statistics(run, time=0.1, samples=4)
    assert late.friction_velocity == pytest.approx(1.0, abs=1e-3)
    assert late.centre_velocity == pytest.approx(1.0, rel=0.01)
    np.testing.assert_allclose(late.velocity, 2.0 * (y - 0.5 * y**2), rtol=0.02)
    np.testing.assert_allclose(late.rms, 0.0, atol=2e-3)


def test_friction_before_the_balance_is_that_of_the_slope_at_the_wall():
    """The bulk gains what the force gives and the walls do not take."""
    case = _laminar()
    run = Run([case])
    run.advance(300)
    found = gather_statistics(run, time=0.01, samples=2)
    nearest, second = found.velocity[:2] * found.friction_velocity
    # The parabola through the wall and the two nearest cells, half a cell and one and a half away from it.
    slope = (3.0 * nearest - second / 3.0) * 8
    assert 0.3 < slope / case.reynolds < 0.9
    assert found.friction_velocity**2 == pytest.approx(slope / case.reynolds, rel=0.02)


def test_disturbance_adheres_to_the_walls_and_has_no_divergence():
    case = _box(12)
    u = disturbed(case)[0].astype(np.float64)
    u[..., 0] -= turbulent_profile(case)[:, None]
    assert np.sqrt(np.mean(np.sum(u**2, axis=-1))) == pytest.approx(2.0, rel=1e-5)
    np.testing.assert_allclose(np.mean(u, axis=(0, 2)), 0.0, atol=1e-5)
    assert np.abs(u[:, [0, -1]]).max() < 0.4 * np.abs(u).max()
    fine = _box(32)
    u = np.moveaxis(disturbed(fine)[0].astype(np.float64), -1, 0)
    u[0] -= turbulent_profile(fine)[:, None]
    along = _wave_derivative(u[0], 2) + _wave_derivative(u[2], 0)
    # Between the cell centres of neighbouring rows.
    divergence = 0.5 * (along[:, 1:] + along[:, :-1]) + np.diff(u[1], axis=1)
    assert np.abs(divergence).max() < 0.01 * np.abs(along).max()


def test_disturbance_depends_on_its_seed_alone():
    case = _box(12)
    np.testing.assert_array_equal(disturbed(case), disturbed(case))
    assert np.abs(disturbed(case, seed=1) - disturbed(case)).max() > 0.1


def test_turbulent_profile_is_viscous_at_the_wall_and_logarithmic_in_the_middle():
    case = channel(64, length=0.1, width=0.1)
    y_plus = CHANNEL_180.reynolds / 128
    assert turbulent_profile(case)[0] == pytest.approx(y_plus, rel=0.05)
    assert turbulent_profile(case)[64] == pytest.approx(CHANNEL_180.centre_velocity, rel=0.02)
    np.testing.assert_array_equal(turbulent_profile(case), turbulent_profile(case)[::-1])


def test_statistics_of_a_known_field():
    """Waves along x and z about a profile; the two halves are images of each other."""
    half, (depth, along) = 4, (8, 8)
    y = (np.arange(2 * half) + 0.5) / half
    z, x = np.meshgrid(*[2.0 * np.pi * np.arange(n) / n for n in (depth, along)], indexing="ij")
    height, side = np.minimum(y, 2.0 - y)[:, None], np.where(y < 1.0, 1.0, -1.0)[:, None]
    wave, other = (np.sqrt(2.0) * values[:, None, :] for values in (np.cos(x), np.sin(2.0 * z)))
    u = 10.0 * height + 2.0 * height * wave
    v = side * height * (-0.5 * wave + 0.25 * other)
    w = 3.0 * other * np.ones_like(height)
    found = statistics_of(np.asarray(plane_means(np.stack([u, v, w], axis=-1)), np.float64), 100.0, 2.0)
    near = height[:half, 0]
    np.testing.assert_allclose(found.y_plus, 200.0 * near)
    np.testing.assert_allclose(found.velocity, 5.0 * near, rtol=1e-12)
    np.testing.assert_allclose(found.rms[:, 0], near, rtol=1e-10)
    np.testing.assert_allclose(found.rms[:, 1], 0.5 * near * np.hypot(0.5, 0.25), rtol=1e-10)
    np.testing.assert_allclose(found.rms[:, 2], 1.5, rtol=1e-10)
    np.testing.assert_allclose(found.shear_stress, 0.25 * near**2, rtol=1e-9)
