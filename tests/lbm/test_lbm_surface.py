from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

from emulax_lbm import CaseError, FlowCase, Run, open_box
from emulax_lbm.outputs import Surface
from emulax_lbm.problems import ball

CELLS = 20


def _centres(shape):
    return np.stack((np.indices(shape)[::-1] + 0.5) / CELLS, axis=-1)


def _circle(centre=(1.0, 1.0), diameter=1.0, shape=(40, 40)) -> np.ndarray:
    return ball(shape, centre, CELLS, diameter=diameter)


def _surface(sdf, reynolds=4.0) -> Surface:
    return Surface(sdf, reynolds=reynolds, cells_per_length=CELLS)


@pytest.mark.parametrize(("dimensions", "area"), [(2, np.pi), (3, np.pi)])
def test_points_lie_on_the_wall_and_make_its_area(dimensions, area):
    surface = _surface(ball((30,) * dimensions, (0.75,) * dimensions, CELLS))
    outwards = surface.points - 0.75
    np.testing.assert_allclose(np.linalg.norm(outwards, axis=1), 0.5, atol=2e-3)
    np.testing.assert_allclose(surface.normals, 2.0 * outwards, atol=0.02)
    assert surface.areas.sum() == pytest.approx(area, rel=5e-3)


def test_circle_is_gone_round_against_the_clock_from_the_rear():
    surface = _surface(_circle((1.03, 0.98)))
    x, y = (surface.points - (1.03, 0.98)).T
    angle = np.unwrap(np.arctan2(y, x))
    assert (np.diff(angle) > -1e-9).all()
    assert angle[0] == pytest.approx(0.0, abs=0.06)
    assert angle[-1] - angle[0] == pytest.approx(2.0 * np.pi, abs=0.15)


def test_every_body_has_a_contour_of_its_own():
    sdf = np.minimum(_circle((0.5, 0.6), 0.6), _circle((1.4, 1.2), 0.8))
    surface = _surface(sdf)
    assert surface.contour.max() == 1
    for number, centre in ((0, (1.4, 1.2)), (1, (0.5, 0.6))):
        offset = surface.points[surface.contour == number] - centre
        assert np.ptp(np.linalg.norm(offset, axis=1)) < 2e-3


def test_solid_cells_that_touch_at_corners_are_kept_apart():
    sdf = open_box((5, 6))
    sdf[1, 1] = sdf[2, 2] = sdf[3, 1] = -1e6
    assert np.bincount(_surface(sdf).contour).tolist() == [4, 4, 4]


def test_contour_that_the_box_cuts_off_starts_at_its_edge():
    surface = _surface(_circle((1.0, 0.0)))
    ends = surface.points[[0, -1], 1]
    assert (ends < 1.0 / CELLS).all()
    assert surface.points[0, 0] > surface.points[-1, 0]
    assert np.linalg.norm(np.diff(surface.points, axis=0), axis=1).max() < 1.5 / CELLS


def test_pressure_is_carried_to_the_wall():
    sdf = _circle()
    x, y = np.moveaxis(_centres(sdf.shape), -1, 0)
    surface = _surface(sdf)
    found = surface.pressure_coefficient(np.where(sdf > 0.0, 1.0 + x - 3.0 * x * y, np.nan))
    x, y = surface.points.T
    np.testing.assert_allclose(found, 2.0 * (1.0 + x - 3.0 * x * y), rtol=1e-9)


@pytest.mark.parametrize("rows", [1, 2])
def test_the_other_side_of_a_thin_plate_is_not_read(rows):
    y = _centres((12, 16))[..., 1] - (6.5 if rows == 1 else 6.0) / CELLS
    surface = _surface(np.abs(y) - 0.6 / CELLS)
    found = surface.pressure_coefficient(np.sign(y))
    np.testing.assert_allclose(found, 2.0 * surface.normals[:, 1], rtol=1e-9)


@pytest.mark.parametrize("dimensions", [2, 3])
def test_friction_is_the_shear_at_the_wall(dimensions):
    """A parabola along an inclined wall: `u_t = 3 d - 2 d^2`, so that `c_f = 2 / Re * 3`."""
    shape = (20,) * dimensions
    normal = np.array([-0.6, 0.8, 0.0])[:dimensions]
    along = np.array([0.8, 0.6, 0.0])[:dimensions]
    distance = _centres(shape) @ normal - 0.1
    velocity = np.where(distance > 0.0, 3.0 * distance - 2.0 * distance**2, np.nan)[..., None] * along
    surface = _surface(distance)
    found = surface.friction_coefficient(velocity)
    np.testing.assert_allclose(found, np.broadcast_to(2.0 / 4.0 * 3.0 * along, found.shape), atol=1e-8)


def test_flow_away_from_the_wall_is_no_friction():
    distance = _centres((20, 20)) @ [-0.6, 0.8] - 0.1
    found = _surface(distance).friction_coefficient(distance[..., None] * [-0.6, 0.8])
    np.testing.assert_allclose(found, 0.0, atol=1e-9)


@pytest.mark.parametrize(("dimensions", "volume"), [(2, np.pi / 4.0), (3, np.pi / 6.0)])
def test_pressure_that_rises_linearly_lifts_by_the_volume(dimensions, volume):
    sdf = ball((30,) * dimensions, (0.75,) * dimensions, CELLS)
    surface = _surface(sdf)
    c_p = surface.pressure_coefficient(_centres(sdf.shape)[..., 1])
    force = np.asarray(
        surface.force_coefficients(c_p, surface.friction_coefficient(np.zeros((*sdf.shape, dimensions))))
    )
    assert force[1] == pytest.approx(-2.0 * volume, rel=5e-3)
    np.testing.assert_allclose(np.delete(force, 1), 0.0, atol=1e-3)


def test_batches_lead_and_single_precision_stays_single(rng):
    surface = _surface(_circle())
    velocity = rng.normal(size=(2, 40, 40, 2)).astype(np.float32)
    pressure = velocity[..., 0]
    c_p, c_f = surface.pressure_coefficient(pressure), surface.friction_coefficient(velocity)
    force = surface.force_coefficients(c_p, c_f)
    assert (c_f.shape, force.shape) == ((2, len(surface.points), 2), (2, 2))
    assert c_p.dtype == c_f.dtype == force.dtype == np.float32


def test_numpy_gives_numpy_and_jax_gives_jax(rng):
    surface, pressure = _surface(_circle()), rng.normal(size=(40, 40)).astype(np.float32)
    on_host, on_device = (surface.pressure_coefficient(values) for values in (pressure, jnp.asarray(pressure)))
    assert (type(on_host), isinstance(on_device, jnp.ndarray)) == (np.ndarray, True)
    np.testing.assert_allclose(on_device, on_host, atol=1e-6)


def test_box_without_a_wall_is_refused():
    with pytest.raises(CaseError, match=r"^sdf: changes its sign nowhere"):
        _surface(open_box((8, 8)))


def test_stresses_add_up_to_the_exchanged_momentum():
    case = FlowCase(ball((96, 160), (1.6, 1.45), 32), 20.0, 32)
    run = Run([case])
    run.advance(8 * case.steps_per_time)
    surface = Surface(case.sdf, reynolds=20.0, cells_per_length=32)
    c_p, c_f = surface.pressure_coefficient(run.pressure()), surface.friction_coefficient(run.velocity())
    drag, lift = run.forces()[0]
    found = np.asarray(surface.force_coefficients(c_p, c_f))[0]
    assert found[0] == pytest.approx(drag, rel=0.01)
    assert found[1] == pytest.approx(lift, abs=0.003 * drag)
