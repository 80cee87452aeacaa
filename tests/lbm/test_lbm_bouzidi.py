import jax
import jax.numpy as jnp
import numpy as np
import pytest

from emulax_lbm.boundaries.bouzidi import link_weights

FRACTIONS = np.array([0.02, 0.2, 0.45, 0.55, 0.8, 1.0])


@pytest.mark.parametrize("quadratic", [False, True])
def test_answer_is_the_interpolation_between_what_meets_the_wall(quadratic, rng):
    """Any polynomial of its degree in the distance `s` from x along the link comes back from where it started.

    What arrives at x has gone a whole link, and started at `s = 1 - 2q`. Populations towards the wall are known at
    s = 0, 1 and 2; those that come back have moved by one before they are used.
    """
    polynomial = np.polynomial.Polynomial(rng.normal(size=3 if quadratic else 2))
    near = FRACTIONS < 0.5
    reflected, farthest = link_weights(FRACTIONS, near, np.full_like(near, quadratic))
    known = np.where(near, 0.0, 1.0 - 2.0 * FRACTIONS), np.ones_like(FRACTIONS), np.full_like(FRACTIONS, 2.0)
    weights = reflected, 1.0 - reflected - farthest, farthest
    wanted = np.where(near, 1.0 - 2.0 * FRACTIONS, 0.0)
    np.testing.assert_allclose(sum(w * polynomial(s) for w, s in zip(weights, known, strict=True)), polynomial(wanted))
    assert np.any(farthest) == quadratic


def test_half_way_nothing_but_the_reflection_counts():
    half = np.full(4, 0.5)
    weights = link_weights(half, np.array([True, False, True, False]), np.array([True, True, False, False]))
    np.testing.assert_array_equal(weights, [np.ones(4), np.zeros(4)])


def test_near_wall_without_a_next_cell_counts_as_half_way():
    assert [float(w[0]) for w in link_weights(np.array([0.1]), np.array([False]), np.array([False]))] == [1.0, 0.0]


@pytest.mark.parametrize("quadratic", [False, True])
def test_weights_can_be_differentiated(quadratic):
    q = jnp.asarray(FRACTIONS)
    flags = q < 0.5, jnp.full(q.shape, quadratic)
    for k in range(2):
        slope = jax.grad(lambda q, k=k: jnp.sum(link_weights(q, *flags)[k]))(q)
        high, low = (link_weights(q + dq, *flags)[k] for dq in (1e-6, -1e-6))
        np.testing.assert_allclose(slope, (high - low) / 2e-6, atol=1e-7)
