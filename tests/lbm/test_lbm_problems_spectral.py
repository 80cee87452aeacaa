"""The spectral solver against exact solutions and invariants, and the vortex whose truth it is."""

import numpy as np
import pytest

from emulax_lbm import D3Q27, simulate
from emulax_lbm.problems import SpectralFlow, TaylorGreen, TaylorGreen3D

VORTEX = TaylorGreen3D(modes=24, time_step=0.01)


def _derivatives(field):
    """Of a field `z y x` along x, y and z."""
    n = len(field)
    k = 2j * np.pi * np.fft.fftfreq(n, 1.0 / n)
    transformed = np.fft.fftn(field)
    shapes = ((1, 1, n), (1, n, 1), (n, 1, 1))
    return [np.fft.ifftn(transformed * k.reshape(shape)).real for shape in shapes]


def _extruded(flat, turns):
    """A flow in the plane x, y as one in the cube, with the axes renamed in a circle."""
    deep = np.broadcast_to(flat, (len(flat), *flat.shape))
    deep = np.concatenate([deep, np.zeros_like(deep[..., :1])], axis=-1)
    for _ in range(turns):
        deep = np.roll(np.moveaxis(deep, 0, 2), 1, axis=-1)
    return deep


@pytest.mark.parametrize("turns", range(3))
def test_vortex_in_a_uniform_stream_decays_as_it_moves(turns):
    """Exact in every plane; the stream carries it two cells along one axis and one along another."""
    vortex, cells, time = TaylorGreen(reynolds=50.0), 16, 0.25
    stream = np.array([2.0, 1.0]) / cells / time
    start = _extruded(vortex.velocity(cells, 0.0) + stream, turns)
    moved = np.roll(vortex.velocity(cells, time), (1, 2), axis=(0, 1))
    found = SpectralFlow.from_centres(start).advanced(time, reynolds=50.0, time_step=0.01)
    np.testing.assert_allclose(found.at_centres(cells), _extruded(moved + stream, turns), atol=1e-7)


def test_series_is_summed_exactly_on_any_grid():
    flow = SpectralFlow.from_centres(VORTEX.initial_velocity(12))
    for cells in (7, 12, 20):
        np.testing.assert_allclose(flow.at_centres(cells), VORTEX.initial_velocity(cells), atol=1e-13)


def test_flow_stays_free_of_divergence():
    velocity = VORTEX.velocity(24, 0.2)
    divergence = sum(_derivatives(velocity[..., axis])[axis] for axis in range(3))
    assert np.abs(velocity[..., 2]).max() > 0.05
    np.testing.assert_allclose(divergence, 0.0, atol=1e-11)


def test_what_has_divergence_is_removed(rng):
    gradient = np.stack(_derivatives(rng.normal(size=(9, 9, 9))), axis=-1)
    np.testing.assert_allclose(SpectralFlow.from_centres(gradient).coefficients, 0.0, atol=1e-12)


def test_energy_falls_by_viscosity_alone():
    start = SpectralFlow.from_centres(VORTEX.initial_velocity(16))

    def energy(flow):
        return 0.5 * np.sum(np.abs(flow.coefficients) ** 2)

    inviscid = start.advanced(0.1, reynolds=1e12, time_step=0.005)
    assert np.abs(inviscid.coefficients - start.coefficients).max() > 1e-3
    assert energy(inviscid) == pytest.approx(energy(start), rel=1e-8)
    assert energy(start) == pytest.approx(0.125, rel=1e-12)
    # At the start all energy sits at the wave number sqrt(3) k, which viscosity damps at the rate 2 (3 k^2) / Re.
    later = start.advanced(1e-3, reynolds=100.0, time_step=1e-3)
    assert np.log(energy(start) / energy(later)) / 1e-3 == pytest.approx(24.0 * np.pi**2 / 100.0, rel=1e-3)


def test_initial_pressure_keeps_the_flow_free_of_divergence():
    u = np.moveaxis(VORTEX.initial_velocity(12), -1, 0)
    gradients = [_derivatives(component) for component in u]
    source = sum(gradients[i][j] * gradients[j][i] for i in range(3) for j in range(3))
    laplacian = sum(_derivatives(d)[axis] for axis, d in enumerate(_derivatives(VORTEX.initial_pressure(12))))
    np.testing.assert_allclose(laplacian, -source, atol=1e-10)


def test_truth_does_not_depend_on_the_modes():
    fine = TaylorGreen3D(modes=30, time_step=0.005)
    np.testing.assert_allclose(VORTEX.velocity(8, 0.1), fine.velocity(8, 0.1), atol=2e-5)


def test_lattice_follows_the_spectral_solution():
    cells = 16
    case = VORTEX.case(cells, lattice_velocity=0.04, lattice=D3Q27)
    start = VORTEX.initial_velocity(cells)[None], VORTEX.initial_pressure(cells)[None]
    (flow,) = simulate([case], round(0.2 * case.steps_per_time), velocity=start[0], pressure=start[1])
    exact = VORTEX.velocity(cells, flow.time)
    assert np.linalg.norm(start[0][0] - exact) / np.linalg.norm(exact) > 0.3
    assert np.linalg.norm(flow.velocity - exact) / np.linalg.norm(exact) < 0.05
