from functools import partial

import jax.numpy as jnp
import numpy as np
import pytest

from emulax.core.errors import InputError
from emulax.geometry import Shape, box, check_inside, grid_points, place
from emulax.geometry.outline import loop_segments

CORNERS = np.array([[1.0, 0.25], [-1.0, 0.25], [-1.0, -0.25], [1.0, -0.25]])


@pytest.fixture
def plank():
    return Shape("plank", partial(box, half_size=(1.0, 0.25)), loop_segments(CORNERS), "plank's hash")


def test_extent(plank):
    assert (plank.length, plank.height) == (2.0, 0.5)


def test_placed_extent_follows_the_rotation(plank):
    upright = place(plank, (3.0, 2.0), np.pi / 2)
    np.testing.assert_allclose(upright.bounds, (2.75, 1.0, 3.25, 3.0), atol=1e-15)


def test_outline_and_distance_are_placed_alike(plank):
    placed = place(plank, (3.0, 2.0), 0.4)
    np.testing.assert_allclose(placed.sdf(jnp.asarray(placed.outline)), 0.0, atol=1e-14)


def test_rotation_is_counter_clockwise(plank):
    tip = jnp.array([np.cos(0.4), np.sin(0.4)])
    assert place(plank, (0.0, 0.0), 0.4).sdf(0.9 * tip) < 0


def test_placing_keeps_the_identifier(plank):
    assert place(plank, (3.0, 2.0), 0.4).identifier == plank.identifier


def test_distance_on_a_grid_is_single_precision(plank):
    distance = plank.sdf(grid_points((4, 8), 2))
    assert distance.shape == (4, 8)
    assert distance.dtype == jnp.float32


def test_body_inside_the_domain_is_accepted(plank):
    check_inside(place(plank, (3.0, 2.0)), (8.0, 4.0), clearance=0.5)


@pytest.mark.parametrize("centre", [(0.5, 2.0), (7.5, 2.0), (3.0, 0.1), (3.0, 3.9), (1.0, 2.0), (20.0, 2.0)])
def test_body_outside_or_at_the_edge_is_refused(plank, centre):
    with pytest.raises(InputError, match=r"plank: spans .* must be in the domain of 8 x 4 D"):
        check_inside(place(plank, centre), (8.0, 4.0))


def test_body_nearer_than_the_clearance_is_refused(plank):
    with pytest.raises(InputError, match=r"clearance of 0.5 D"):
        check_inside(place(plank, (1.4, 2.0)), (8.0, 4.0), clearance=0.5)


@pytest.mark.parametrize("domain", [(1.9, 4.0), (8.0, 0.4)])
def test_body_larger_than_the_domain_is_refused(plank, domain):
    with pytest.raises(InputError, match="larger than"):
        check_inside(place(plank, (0.5 * domain[0], 0.5 * domain[1])), domain)


def test_grid_points_are_cell_centres():
    points = grid_points((2, 3), 4)
    np.testing.assert_array_equal(points[..., 0], [[0.125, 0.375, 0.625]] * 2)
    np.testing.assert_array_equal(points[..., 1], [[0.125] * 3, [0.375] * 3])


def test_grid_points_in_space_follow_the_order_of_the_cells():
    points = grid_points((2, 3, 4), 2)
    assert points.shape == (2, 3, 4, 3)
    np.testing.assert_array_equal(points[1, 2, 3], [1.75, 1.25, 0.75])
    np.testing.assert_array_equal(points[0, 2, 0], [0.25, 1.25, 0.25])


def test_grid_points_are_single_precision():
    assert grid_points((2, 3), np.float64(4.0)).dtype == jnp.float32
