"""The steady benchmarks in three dimensions: where things stand, and that a plane of symmetry changes nothing."""

from dataclasses import replace

import numpy as np
import pytest

from emulax_lbm import PAST_A_BODY, CaseError, FreeSlip, simulate
from emulax_lbm.problems import Sphere, schaefer_turek_3d1z
from emulax_lbm.problems.schaefer_turek_3d import on_frontal_area


def _unfolded(field):
    """The whole box of a quarter."""
    for axis in (0, 1):
        field = np.concatenate([np.flip(field, axis), field], axis)
    return field


@pytest.mark.slow
def test_quarter_is_a_quarter_of_the_whole():
    small = Sphere(6, reynolds=20.0, upstream=1.5, downstream=2.5, half_width=1.5)
    quarter = replace(small.case, precision="float64")
    slip = FreeSlip()
    whole = replace(quarter, sdf=_unfolded(quarter.sdf), edges=replace(PAST_A_BODY, back=slip, front=slip))
    (part,), (full,) = (simulate([case], 50) for case in (quarter, whole))
    np.testing.assert_allclose(_unfolded(part.pressure), full.pressure, atol=1e-11)
    np.testing.assert_allclose(_unfolded(part.velocity[..., 0]), full.velocity[..., 0], atol=1e-12)
    assert full.drag_coefficient > 1.0
    assert full.drag_coefficient == pytest.approx(4.0 * part.drag_coefficient, rel=1e-10)


def test_sphere_is_as_large_and_as_far_from_the_sides_as_it_says():
    case = Sphere(12, half_width=2.0, upstream=3.0, downstream=4.0).case
    assert case.sdf.shape == (24, 24, 84)
    z, y, x = (np.indices(case.sdf.shape) + 0.5) / 12
    assert np.mean(x[case.sdf <= 0.0]) == pytest.approx(3.0, abs=1e-3)
    assert np.sum(case.sdf <= 0.0) / 12**3 == pytest.approx(np.pi / 24.0, rel=0.02)
    assert (z[case.sdf <= 0.0].max(), y[case.sdf <= 0.0].max()) == pytest.approx((0.5, 0.5), abs=1.0 / 12)


def test_sphere_of_the_benchmark_stands_in_a_wide_box():
    case = Sphere(10).case
    assert case.reynolds == 100.0
    assert [cells / 10 for cells in case.sdf.shape] == [7.0, 7.0, 21.0]


def test_potential_flow_is_free_of_divergence_and_goes_round_the_sphere():
    sphere = Sphere(40, half_width=1.0, upstream=1.0, downstream=1.0)
    (velocity,), (pressure,) = sphere.potential_flow()
    assert (velocity.dtype, pressure.dtype) == (np.float32, np.float32)
    far = (slice(1, -1),) * 3
    divergence = np.sum([np.gradient(velocity[..., axis], 1.0 / 40, axis=2 - axis) for axis in range(3)], axis=0)
    outside = sphere.case.sdf[far] > 0.05
    assert np.abs(divergence[far][outside]).max() < 0.05
    z, y, x = (np.indices(pressure.shape) + 0.5) / 40
    normal = np.stack([x - 1.0, y, z], axis=-1)
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
    at_wall = np.abs(sphere.case.sdf) < 0.005
    assert at_wall.sum() > 50
    np.testing.assert_allclose(np.sum(velocity * normal, axis=-1)[at_wall], 0.0, atol=0.04)
    speed = np.linalg.norm(velocity, axis=-1)
    assert speed.max() == pytest.approx(1.5, abs=0.02)
    np.testing.assert_allclose(pressure + 0.5 * speed**2, 0.5, atol=1e-6)


def test_quarter_of_the_drag_counts_on_the_frontal_area():
    """Half of rho U^2 times the frontal area, spread over four quarters."""
    assert Sphere.drag(np.pi / 16.0) == pytest.approx(1.0)


def test_cylinder_stands_across_the_duct():
    case = schaefer_turek_3d1z(20)
    assert case.sdf.shape == (41, 82, 500)
    solid = case.sdf <= 0.0
    np.testing.assert_array_equal(solid, np.broadcast_to(solid[:1], solid.shape))
    y, x = (np.indices(solid.shape[1:]) + 0.5) / 20
    assert (x[solid[0]].mean(), y[solid[0]].mean()) == pytest.approx((5.0, 2.0), abs=1e-6)
    assert solid[0].sum() / 400 == pytest.approx(np.pi / 4.0, rel=0.01)


def test_inflow_is_the_half_of_two_parabolas():
    inflow = schaefer_turek_3d1z(20).inflow_profile()
    z, y = np.meshgrid(*[(np.arange(cells) + 0.5) / 20 for cells in (41, 82)], indexing="ij")
    peak = 0.45 / 0.2
    np.testing.assert_allclose(inflow, 16.0 * peak * y * z * (4.1 - y) * (4.1 - z) / 4.1**4, rtol=1e-12)
    assert inflow.mean() == pytest.approx(1.0, rel=1e-3)


def test_force_on_half_of_the_cylinder_counts_on_the_frontal_area():
    assert on_frontal_area(4.1 / 2.0) == pytest.approx(1.0)


def test_duct_whose_walls_would_cut_cells_is_refused():
    with pytest.raises(CaseError, match=r"^cells: is 30, must be a multiple of 20"):
        schaefer_turek_3d1z(30)
