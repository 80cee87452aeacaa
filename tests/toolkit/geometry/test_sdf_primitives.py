from functools import cache, partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.spatial import cKDTree

from emulax.geometry import box, circle, ellipse, polygon, regular_polygon

PRIMITIVES = {
    "circle": partial(circle, radius=0.7),
    "ellipse": partial(ellipse, semi_axes=(1.0, 0.4)),
    "tall ellipse": partial(ellipse, semi_axes=(0.3, 0.9)),
    "box": partial(box, half_size=(0.8, 0.3)),
    "triangle": partial(regular_polygon, sides=3, radius=0.9),
    "heptagon": partial(regular_polygon, sides=7, radius=0.9),
}
# Centre, axes, corners and the middle of sides: where square roots and angles are not differentiable.
SPECIAL = np.array([[0, 0], [0.5, 0], [0, 0.2], [-0.5, 0], [0.8, 0.3], [-0.8, 0], [0.9, 0], [0.7, 0], [1, 0], [0, 0.9]])


def scattered(count=400, seed=0):
    return jnp.asarray(np.random.default_rng(seed).uniform(-1.5, 1.5, (count, 2)))


@cache
def gradients(sdf):
    return jax.jit(jax.vmap(jax.grad(lambda point: sdf(point))))


@pytest.fixture(params=PRIMITIVES, ids=str)
def primitive(request):
    return PRIMITIVES[request.param]


def test_circle_is_distance_from_centre_less_radius():
    points = jnp.array([[3.0, 4.0], [0.0, 0.0], [0.6, 0.8]])
    np.testing.assert_allclose(circle(points, radius=1.0), [4.0, -1.0, 0.0], atol=1e-15)


@pytest.mark.parametrize("semi_axes", [(1.0, 0.5), (0.5, 1.0), (1.0, 0.02), (1.0, 1.0), (1.0, 1.0001), (3.0, 0.3)])
@pytest.mark.parametrize("dtype", [jnp.float32, jnp.float64])
def test_ellipse_matches_densely_sampled_outline(semi_axes, dtype):
    a, b = semi_axes
    near_axes = jnp.array([[0.3, 0.0], [0.3, 1e-9], [0.0, 0.2], [1e-9, 0.2], [0.0, 0.0], [2.0, 0.0], [0.0, -2.0]])
    points = jnp.concatenate([scattered(), near_axes]).astype(dtype)
    angles = np.linspace(0, 2 * np.pi, 200_001)
    distance, _ = cKDTree(np.stack([a * np.cos(angles), b * np.sin(angles)], axis=1)).query(np.asarray(points))
    sign = np.where((points[:, 0] / a) ** 2 + (points[:, 1] / b) ** 2 < 1, -1, 1)
    np.testing.assert_allclose(ellipse(points, semi_axes=semi_axes), sign * distance, atol=1e-5, rtol=1e-5)


def test_ellipse_with_equal_axes_is_a_circle():
    points = scattered()
    np.testing.assert_allclose(ellipse(points, semi_axes=(0.7, 0.7)), circle(points, radius=0.7), atol=1e-14)


def test_ellipse_gradient_in_its_axes_matches_finite_differences():
    points, axes = scattered(20), jnp.array([1.0, 0.4])
    exact = jax.jit(jax.jacfwd(lambda axes: ellipse(points, semi_axes=axes)))(axes)
    for axis, shift in enumerate(1e-6 * np.eye(2)):
        numeric = (ellipse(points, semi_axes=axes + shift) - ellipse(points, semi_axes=axes - shift)) / 2e-6
        np.testing.assert_allclose(exact[:, axis], numeric, atol=1e-7)


def test_box_is_the_polygon_of_its_corners():
    points = scattered()
    corners = np.array([[0.8, 0.3], [-0.8, 0.3], [-0.8, -0.3], [0.8, -0.3]])
    np.testing.assert_allclose(box(points, half_size=(0.8, 0.3)), polygon(points, corners), atol=1e-14)


@pytest.mark.parametrize("sides", [3, 4, 11])
def test_regular_polygon_is_the_polygon_of_its_corners(sides):
    points = scattered()
    angles = 2 * np.pi * np.arange(sides) / sides
    corners = 0.9 * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    expected = polygon(points, corners)
    np.testing.assert_allclose(regular_polygon(points, sides=sides, radius=0.9), expected, atol=1e-14)


def test_gradient_has_unit_length(primitive):
    length = np.linalg.norm(gradients(primitive)(scattered()), axis=1)
    np.testing.assert_allclose(length, 1.0, atol=1e-12)


@pytest.mark.parametrize("kind", ["ellipse", "tall ellipse", "box", "heptagon"])
def test_gradient_has_unit_length_inside_on_the_axes_of_symmetry(kind):
    points = jnp.array([[0.05, 0.0], [-0.05, 0.0], [0.0, 0.05], [0.0, -0.05]])
    np.testing.assert_allclose(np.linalg.norm(gradients(PRIMITIVES[kind])(points), axis=1), 1.0, atol=1e-12)


def test_gradient_matches_finite_differences(primitive):
    points = scattered(seed=3)
    shifts = 1e-6 * jnp.eye(2)[:, None]
    numeric = (primitive(points[None] + shifts) - primitive(points[None] - shifts)) / 2e-6
    np.testing.assert_allclose(gradients(primitive)(points).T, numeric, atol=1e-5)


def test_gradient_is_finite_at_centre_axes_and_corners(primitive):
    assert np.isfinite(gradients(primitive)(jnp.asarray(SPECIAL, jnp.float32))).all()


def test_gradient_on_the_outline_is_the_outward_normal():
    on_box = gradients(PRIMITIVES["box"])(jnp.array([[0.8, 0.1], [0.0, -0.3]]))
    on_ellipse = gradients(PRIMITIVES["ellipse"])(jnp.array([[-1.0, 0.0], [0.0, 0.4]]))
    np.testing.assert_allclose(on_box, [[1, 0], [0, -1]], atol=1e-12)
    np.testing.assert_allclose(on_ellipse, [[-1, 0], [0, 1]], atol=1e-12)


def test_negative_inside_and_positive_outside(primitive):
    inside, outside = primitive(jnp.array([[0.0, 0.0], [1.4, 1.4]]))
    assert inside < 0 < outside


@pytest.mark.parametrize("dtype", [jnp.float32, jnp.float64])
def test_dtype_and_leading_dimensions_follow_the_points(primitive, dtype):
    distance = jax.eval_shape(primitive, jnp.zeros((2, 3, 2), dtype))
    assert distance.dtype == dtype
    assert distance.shape == (2, 3)


def test_double_precision_parameters_do_not_leak_into_single_precision():
    points = jnp.ones((4, 2), jnp.float32)
    assert jax.eval_shape(partial(ellipse, semi_axes=np.array([1.0, 0.5])), points).dtype == jnp.float32
    assert jax.eval_shape(partial(circle, radius=np.float64(0.5)), points).dtype == jnp.float32
