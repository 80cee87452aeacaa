import numpy as np
import pytest

from emulax_lbm import simulate, simulate_steady
from emulax_lbm.problems import (
    SCALES_2D1,
    SCHAEFER_TUREK_2D1,
    TaylorGreen,
    box_vortex,
    observed_order,
    pressure_difference,
    schaefer_turek_2d1,
    schaefer_turek_2d2,
    schaefer_turek_2d3,
)


def test_observed_order_is_the_slope():
    assert observed_order([8, 16, 32], [3.0 / n**2 for n in (8, 16, 32)]) == pytest.approx(2.0)


def test_taylor_green_vortex_obeys_the_equations():
    """Free of divergence, and decaying by its own viscous term, on the grid's spectral derivatives."""
    vortex, cells = TaylorGreen(reynolds=50.0), 16
    k = 2j * np.pi * np.fft.fftfreq(cells, 1.0 / cells)

    def d(field, axis):
        shape = [1, 1]
        shape[axis] = cells
        return np.fft.ifft(np.fft.fft(field, axis=axis) * k.reshape(shape), axis=axis).real

    u, v = np.moveaxis(vortex.velocity(cells, 0.3), -1, 0)
    p = vortex.pressure(cells, 0.3)
    np.testing.assert_allclose(d(u, 1) + d(v, 0), 0.0, atol=1e-12)
    later, earlier = (vortex.velocity(cells, 0.3 + dt)[..., 0] for dt in (1e-6, -1e-6))
    momentum = (later - earlier) / 2e-6 + u * d(u, 1) + v * d(u, 0) + d(p, 1)
    np.testing.assert_allclose(momentum, (d(d(u, 1), 1) + d(d(u, 0), 0)) / 50.0, atol=1e-7)


def test_decaying_vortex_follows_the_exact_solution():
    vortex, cells = TaylorGreen(reynolds=50.0), 16
    case = vortex.case(cells, lattice_velocity=0.04)
    (flow,) = simulate(
        [case], 100, velocity=vortex.velocity(cells, 0.0)[None], pressure=vortex.pressure(cells, 0.0)[None]
    )
    exact = vortex.velocity(cells, flow.time)
    assert np.linalg.norm(flow.velocity - exact) / np.linalg.norm(exact) < 0.03


@pytest.mark.slow
def test_decaying_vortex_converges_with_second_order():
    vortex, cells, errors = TaylorGreen(reynolds=50.0), [16, 24, 32], []
    for n in cells:
        case = vortex.case(n, lattice_velocity=0.64 / n)  # diffusive scaling
        (flow,) = simulate(
            [case],
            round(0.5 * case.steps_per_time),
            velocity=vortex.velocity(n, 0.0)[None],
            pressure=vortex.pressure(n, 0.0)[None],
        )
        exact = vortex.velocity(n, flow.time)
        errors.append(np.linalg.norm(flow.velocity - exact) / np.linalg.norm(exact))
    assert observed_order(cells, errors) == pytest.approx(2.0, abs=0.1)


def test_box_vortex_has_no_flow_through_its_walls():
    _, velocity, _ = box_vortex(32)
    normal = np.concatenate([velocity[0, [0, -1], :, 1].ravel(), velocity[0, :, [0, -1], 0].ravel()])
    assert np.abs(normal).max() < 0.1 * np.abs(velocity).max()
    np.testing.assert_allclose(velocity[0].sum(axis=(0, 1)), 0.0, atol=1e-10)


def test_benchmark_cylinder_lies_where_schaefer_and_turek_put_it():
    case = schaefer_turek_2d1(10)
    assert case.sdf.shape == (41, 220)
    solid = case.sdf <= 0.0
    y, x = (np.indices(solid.shape) + 0.5) / 10
    assert (x[solid].mean(), y[solid].mean()) == pytest.approx((2.0, 2.0), abs=0.01)
    assert solid.sum() / 100 == pytest.approx(np.pi / 4.0, rel=0.05)
    assert (case.reynolds, case.inflow.mean()) == (20.0, pytest.approx(1.0, rel=1e-3))


def test_steady_benchmark_is_stated_for_a_stream_of_two_tenths():
    assert SCALES_2D1.viscosity(schaefer_turek_2d1(10).reynolds) == pytest.approx(1e-3)


def test_shedding_benchmark_starts_smoothly_and_goes_on_at_its_inflow():
    history = schaefer_turek_2d2(10).inflow_history
    assert [history.at(time) for time in (0.0, 5.0, 10.0, 80.0)] == pytest.approx([0.0, 0.5, 1.0, 1.0], abs=1e-3)
    assert history.at(0.1) < 1e-3


def test_inflow_of_the_third_benchmark_is_half_a_sine():
    case = schaefer_turek_2d3(10)
    time = np.linspace(0.0, 80.0, 23)
    np.testing.assert_allclose([case.inflow_history.at(t) for t in time], np.sin(np.pi * time / 80.0), atol=1e-5)
    assert case.reynolds == 100.0


def test_pressure_difference_is_that_between_front_and_rear():
    case = schaefer_turek_2d1(10)
    x = (np.indices(case.sdf.shape)[1] + 0.5) / 10
    assert pressure_difference(case, np.where(case.sdf > 0.0, -3.0 * x, np.nan)) == pytest.approx(3.0)


@pytest.mark.slow
def test_benchmark_drag_is_within_three_per_cent_on_twenty_cells():
    (flow,) = simulate_steady([schaefer_turek_2d1(20)])
    assert flow.certificate.accepted
    assert flow.drag_coefficient == pytest.approx(SCHAEFER_TUREK_2D1.drag_coefficient, rel=0.03)
