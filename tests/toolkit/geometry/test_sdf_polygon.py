import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.spatial import cKDTree

from emulax.geometry import closed_distance, open_distance, polygon
from emulax.geometry.outline import loop_segments

# Not convex: a reflex corner, an acute one and a horizontal edge level with corners.
ARROW = np.array([[1.0, 0.0], [0.2, 0.8], [0.3, 0.2], [-1.0, 0.2], [-1.0, -0.2], [0.3, -0.2], [0.2, -0.8]])


def square(half, *, clockwise=False):
    corners = half * np.array([[1.0, 1.0], [-1.0, 1.0], [-1.0, -1.0], [1.0, -1.0]])
    return loop_segments(corners[::-1] if clockwise else corners)


def scattered(count=500):
    return jnp.asarray(np.random.default_rng(1).uniform(-1.5, 1.5, (count, 2)))


def gradients(points, vertices):
    return jax.jit(jax.vmap(jax.grad(lambda point: polygon(point, vertices))))(points)


def inside_arrow(points):
    x, y = points[:, 0], np.abs(points[:, 1])
    head = (x > 0.3 - (y - 0.2) / 6) & (y < 1 - x)
    shaft = (x > -1) & (x <= 0.3) & (y < 0.2)
    return head | shaft


def test_matches_densely_sampled_outline():
    points = scattered()
    segments = loop_segments(ARROW)
    t = np.linspace(0, 1, 20_001)[None, :, None]
    outline = (segments[:, :1] + t * (segments[:, 1:] - segments[:, :1])).reshape(-1, 2)
    distance, _ = cKDTree(outline).query(np.asarray(points))
    np.testing.assert_allclose(np.abs(polygon(points, ARROW)), distance, atol=1e-5)


def test_sign_of_a_polygon_that_is_not_convex():
    points = np.asarray(scattered())
    np.testing.assert_array_equal(polygon(jnp.asarray(points), ARROW) < 0, inside_arrow(points))


@pytest.mark.parametrize("level", [-0.2, 0.0, 0.2, 0.8])
def test_sign_is_right_on_the_level_of_corners(level):
    points = jnp.stack([jnp.linspace(-3.0, -1.1, 20), jnp.full(20, level)], axis=1)
    assert (polygon(points, ARROW) > 0).all()


def test_orientation_does_not_matter():
    points = scattered()
    np.testing.assert_allclose(polygon(points, ARROW), polygon(points, ARROW[::-1]), atol=1e-15)


def test_repeated_corners_change_nothing():
    points = scattered()
    padded = np.concatenate([ARROW, np.repeat(ARROW[-1:], 5, axis=0)])
    np.testing.assert_array_equal(polygon(points, ARROW), polygon(points, padded))


def test_gradient_has_unit_length_almost_everywhere():
    length = np.linalg.norm(gradients(scattered(), ARROW), axis=1)
    np.testing.assert_allclose(length, 1.0, atol=1e-12)


def test_gradient_is_finite_at_corners():
    assert np.isfinite(gradients(jnp.asarray(ARROW, jnp.float32), ARROW)).all()


def test_gradient_on_an_edge_is_its_outward_normal():
    np.testing.assert_allclose(gradients(jnp.array([[-1.0, 0.05]]), ARROW), [[-1.0, 0.0]], atol=1e-15)


def test_gradient_in_the_vertices_matches_finite_differences():
    points = scattered()
    direction = np.random.default_rng(2).normal(size=ARROW.shape)
    directional = jax.jit(lambda v, w: jax.jvp(lambda u: polygon(points, u), (v,), (w,))[1])
    exact = directional(jnp.asarray(ARROW), jnp.asarray(direction))
    numeric = (polygon(points, ARROW + 1e-6 * direction) - polygon(points, ARROW - 1e-6 * direction)) / 2e-6
    np.testing.assert_allclose(exact, numeric, atol=1e-6)


def test_single_precision_stays_single_and_agrees():
    points = scattered()
    single = polygon(points.astype(jnp.float32), ARROW)
    assert single.dtype == jnp.float32
    np.testing.assert_allclose(single, polygon(points, ARROW), atol=5e-7)


def test_several_bodies_and_a_hole():
    ring = np.concatenate([square(1.0), square(0.5, clockwise=True), square(0.2) + np.array([3.0, 0.0])])
    points = jnp.array([[0.75, 0.0], [0.0, 0.0], [3.0, 0.0], [2.0, 0.0]])
    np.testing.assert_allclose(closed_distance(points, ring), [-0.25, 0.5, -0.2, 0.8], atol=1e-14)


def test_open_and_closed_distance_agree_on_a_closed_loop():
    points = scattered()
    segments = loop_segments(ARROW)
    np.testing.assert_allclose(open_distance(points, segments), closed_distance(points, segments), atol=1e-14)


def test_open_distance_keeps_its_sign_beside_a_gap():
    angles = np.linspace(0, 2 * np.pi, 81)
    circle = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    segments = np.delete(np.stack([circle[:-1], circle[1:]], axis=1), [0, 20, 21], axis=0)
    points = scattered()
    far = np.abs(np.linalg.norm(points, axis=1) - 1) > 0.1
    solid = np.asarray(open_distance(points, segments)) < 0
    np.testing.assert_array_equal(solid[far], (np.linalg.norm(points, axis=1) < 1)[far])
