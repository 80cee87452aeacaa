from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

from emulax.geometry import box, circle, ellipse, intersection, polygon, rotate, scale, smooth_union, translate, union

EGG = partial(ellipse, semi_axes=(0.9, 0.4))
LEFT, RIGHT = (translate(partial(circle, radius=0.6), (offset, 0.0)) for offset in (-0.5, 0.5))


@jax.jit
def evaluate(sdf, points):
    return sdf(points)


def scattered(count=1000):
    return jnp.asarray(np.random.default_rng(4).uniform(-2, 2, (count, 2)))


def test_union_is_solid_where_either_body_is():
    points = scattered()
    separate = np.stack([evaluate(LEFT, points) < 0, evaluate(RIGHT, points) < 0])
    np.testing.assert_array_equal(evaluate(union(LEFT, RIGHT), points) < 0, separate.any(axis=0))


def test_union_is_the_exact_distance_outside():
    np.testing.assert_allclose(
        evaluate(union(LEFT, RIGHT), jnp.array([[0.0, 2.0], [2.0, 0.0]])), [np.hypot(0.5, 2) - 0.6, 0.9]
    )


def test_intersection_is_solid_where_both_bodies_are():
    points = scattered()
    separate = np.stack([evaluate(LEFT, points) < 0, evaluate(RIGHT, points) < 0])
    assert separate.all(axis=0).any()
    np.testing.assert_array_equal(evaluate(intersection(LEFT, RIGHT), points) < 0, separate.all(axis=0))


def test_smooth_union_adds_a_quarter_of_its_radius_where_the_bodies_are_equally_far():
    point = jnp.array([0.0, 1.0])
    blended = evaluate(smooth_union(LEFT, RIGHT, radius=0.3), point)
    np.testing.assert_allclose(blended, evaluate(union(LEFT, RIGHT), point) - 0.3 / 4, atol=1e-15)


def test_smooth_union_is_the_union_away_from_the_seam():
    point = jnp.array([1.5, 0.2])
    np.testing.assert_allclose(
        evaluate(smooth_union(LEFT, RIGHT, radius=0.3), point), evaluate(union(LEFT, RIGHT), point)
    )


def test_smooth_union_has_no_kink_at_the_seam():
    slope = jax.jit(jax.grad(lambda x: smooth_union(LEFT, RIGHT, radius=0.3)(jnp.stack([x, 1.0]))))
    np.testing.assert_allclose(slope(-1e-9), slope(1e-9), atol=1e-7)


def test_translation_moves_the_body():
    points, offset = scattered(), np.array([0.3, -0.7])
    np.testing.assert_allclose(evaluate(translate(EGG, (0.3, -0.7)), points + offset[None]), EGG(points), atol=1e-14)


def test_rotation_turns_the_body_counter_clockwise():
    corners = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 0.3]])
    upright = np.array([[0.0, 0.0], [0.0, 1.0], [-0.3, 1.0]])
    points = scattered()
    turned = rotate(partial(polygon, vertices=corners), np.pi / 2)
    np.testing.assert_allclose(evaluate(turned, points), polygon(points, upright), atol=1e-14)


def test_rotating_body_and_points_together_changes_nothing():
    points, angle = scattered(), 0.7
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    np.testing.assert_allclose(evaluate(rotate(EGG, angle), np.asarray(points) @ turn.T), EGG(points), atol=1e-14)


def test_scaling_multiplies_the_distance():
    points = scattered()
    np.testing.assert_allclose(evaluate(scale(EGG, 2.5), points), ellipse(points, semi_axes=(2.25, 1.0)), atol=1e-13)


def test_transforms_keep_single_precision():
    body = scale(rotate(translate(EGG, np.array([0.1, 0.2])), np.float64(0.3)), np.float64(2.0))
    assert jax.eval_shape(smooth_union(body, LEFT, radius=0.1), jnp.zeros((4, 2), jnp.float32)).dtype == jnp.float32


def test_any_function_of_points_can_be_combined():
    half_plane = translate(lambda points: points[..., 0], (0.5, 0.0))
    assert half_plane(jnp.array([2.0, 0.0])) == 1.5


def test_a_combined_body_is_differentiable_in_its_own_numbers():
    body = rotate(partial(box, half_size=(1.0, 0.5)), 0.0)
    gradient = jax.jit(jax.grad(lambda sdf: sdf(jnp.array([1.5, 0.2]))))(body)
    (angle,) = gradient.args[1:]
    np.testing.assert_allclose(angle, 0.2, atol=1e-12)


def test_bodies_of_one_structure_share_one_compile():
    traces = []

    @jax.jit
    def counted(sdf, points):
        traces.append(1)
        return sdf(points)

    for size in (1.0, 2.0, 3.0):
        body = rotate(scale(partial(circle, radius=size), size), 0.1 * size)
        body = translate(body, (size, 0.0))
        counted(body, jnp.zeros((3, 2)))
    assert len(traces) == 1
