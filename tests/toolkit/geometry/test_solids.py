"""Bodies in space: signed distances, turning and moving them."""

from functools import cache, partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation

from emulax.core.errors import InputError
from emulax.geometry import Body, check_inside, cuboid, cylinder, move_body, sphere, translate, turn

SOLIDS = {
    "sphere": partial(sphere, radius=0.7),
    "cuboid": partial(cuboid, half_size=(0.8, 0.3, 0.5)),
    "rod": partial(cylinder, radius=0.3, half_length=0.8),
    "disc": partial(cylinder, radius=0.8, half_length=0.2),
}
TURN = Rotation.from_rotvec([0.3, -0.8, 0.5]).as_matrix()


def scattered(count=400, seed=0):
    return jnp.asarray(np.random.default_rng(seed).uniform(-1.5, 1.5, (count, 3)))


@cache
def gradients(sdf):
    return jax.jit(jax.vmap(jax.grad(lambda point: sdf(point))))


@pytest.fixture(params=SOLIDS, ids=str)
def solid(request):
    return SOLIDS[request.param]


def test_sphere_is_distance_from_centre_less_radius():
    points = jnp.array([[2.0, 3.0, 6.0], [0.0, 0.0, 0.0], [2 / 3, 1 / 3, -2 / 3]])
    np.testing.assert_allclose(sphere(points, radius=1.0), [6.0, -1.0, 0.0], atol=1e-15)


def test_cuboid_is_the_distance_to_its_nearest_point_or_face():
    points, half = np.asarray(scattered()), np.array([[0.8, 0.3, 0.5]])
    outside = np.linalg.norm(points - np.clip(points, -half, half), axis=1)
    to_face = (half - np.abs(points)).min(axis=1)
    assert (to_face > 0).sum() > 10
    expected = np.where(to_face > 0, -to_face, outside)
    np.testing.assert_allclose(SOLIDS["cuboid"](jnp.asarray(points)), expected, atol=1e-14)


@pytest.mark.parametrize(("kind", "radius", "half_length"), [("rod", 0.3, 0.8), ("disc", 0.8, 0.2)])
def test_cylinder_matches_its_densely_sampled_section(kind, radius, half_length):
    # The nearest point of a body of revolution lies in the half plane through the axis and the point itself.
    points = np.asarray(scattered(2000))
    along, across = points[:, 0], np.hypot(points[:, 1], points[:, 2])
    steps = np.linspace(0.0, 1.0, 20_001)
    side = np.stack([half_length * (2 * steps - 1), np.full_like(steps, radius)], axis=1)
    ends = [np.stack([np.full_like(steps, end), radius * steps], axis=1) for end in (-half_length, half_length)]
    distance, _ = cKDTree(np.concatenate([side, *ends])).query(np.stack([along, across], axis=1))
    inside = (np.abs(along) < half_length) & (across < radius)
    assert inside.sum() > 10
    expected = np.where(inside, -distance, distance)
    np.testing.assert_allclose(SOLIDS[kind](jnp.asarray(points)), expected, atol=1e-5)


def test_gradient_has_unit_length(solid):
    length = np.linalg.norm(gradients(solid)(scattered()), axis=1)
    np.testing.assert_allclose(length, 1.0, atol=1e-12)


def test_gradient_on_the_surface_is_the_outward_normal():
    on_cuboid = gradients(SOLIDS["cuboid"])(jnp.array([[0.8, 0.1, 0.2], [0.0, -0.3, 0.0], [0.1, 0.1, 0.5]]))
    on_rod = gradients(SOLIDS["rod"])(jnp.array([[0.8, 0.1, 0.2], [0.1, 0.0, -0.3], [0.1, 0.18, 0.24]]))
    np.testing.assert_allclose(on_cuboid, [[1, 0, 0], [0, -1, 0], [0, 0, 1]], atol=1e-12)
    np.testing.assert_allclose(on_rod, [[1, 0, 0], [0, 0, -1], [0, 0.6, 0.8]], atol=1e-12)


def test_gradient_is_finite_at_centre_axes_edges_and_corners(solid):
    special = [[0, 0, 0], [0.5, 0, 0], [0.8, 0.3, 0.5], [0.8, 0.3, 0], [1, 0, 0], [0.8, 0, 0], [0.2, 0.8, 0]]
    assert np.isfinite(gradients(solid)(jnp.asarray(special, jnp.float32))).all()


@pytest.mark.parametrize("dtype", [jnp.float32, jnp.float64])
def test_dtype_and_leading_dimensions_follow_the_points(solid, dtype):
    body = translate(turn(solid, TURN), np.array([0.1, 0.2, 0.3]))
    distance = jax.eval_shape(body, jnp.zeros((2, 4, 3), dtype))
    assert distance.dtype == dtype
    assert distance.shape == (2, 4)


def test_turn_takes_the_points_of_the_body_along():
    points, rod = scattered(), SOLIDS["rod"]
    turned = jnp.asarray(np.asarray(points) @ TURN.T)
    np.testing.assert_allclose(turn(rod, TURN)(turned), rod(points), atol=1e-14)
    tip = jnp.asarray(0.8 * TURN[:, 0])
    np.testing.assert_allclose(turn(rod, TURN)(tip), 0.0, atol=1e-14)


@pytest.fixture
def brick():
    return Body("brick", SOLIDS["cuboid"], (-0.8, -0.3, -0.5, 0.8, 0.3, 0.5), "brick's hash")


def test_moved_body_takes_its_distance_and_bounds_along(brick):
    moved, points = move_body(brick, (1.0, 2.0, 3.0)), scattered(20)
    np.testing.assert_allclose(moved.bounds, (0.2, 1.7, 2.5, 1.8, 2.3, 3.5), atol=1e-15)
    np.testing.assert_allclose((moved.length, moved.height, moved.width), (1.6, 0.6, 1.0), atol=1e-15)
    np.testing.assert_allclose(moved.sdf(points + jnp.array([[1.0, 2.0, 3.0]])), brick.sdf(points), atol=1e-14)


@pytest.mark.parametrize(
    ("centre", "problem"),
    [
        ((2.0, 2.0, 0.6), "spans x 1.2 to 2.8 D and y 1.7 to 2.3 D and z 0.1 to 1.1 D, must be in"),
        ((2.0, 2.0, 3.4), "clearance of 0.2 D"),
    ],
)
def test_body_too_near_to_an_edge_is_refused(brick, centre, problem):
    check_inside(move_body(brick, (2.0, 2.0, 2.0)), (4.0, 4.0, 4.0), clearance=0.2)
    with pytest.raises(InputError, match=problem):
        check_inside(move_body(brick, centre), (4.0, 4.0, 4.0), clearance=0.2)


def test_body_larger_than_the_domain_is_refused(brick):
    with pytest.raises(InputError, match=r"1\.6 x 0\.6 x 1 D, larger than the domain of 4 x 4 x 0\.9 D"):
        check_inside(brick, (4.0, 4.0, 0.9))
