"""Attention between slices: known weights, and what the order of points must not change."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from emulax.models.blocks import SliceAttention

POINTS = jax.random.normal(jax.random.key(1), (2, 10, 8), jnp.float32)


@pytest.fixture
def attention():
    return SliceAttention(8, heads=2, slices=3, precision="highest", rngs=nnx.Rngs(0))


def identity(attention):
    """Values as they are, slices that all points share alike, and attention that weighs all slices alike."""
    eye = jnp.eye(8, dtype=jnp.float32)
    attention.value.kernel[...] = attention.out.kernel[...] = eye
    attention.slice.kernel[...] = jnp.zeros_like(attention.slice.kernel[...])
    share = jnp.zeros((4, 12), jnp.float32).at[:, 8:].set(jnp.eye(4, dtype=jnp.float32))
    attention.attention.kernel[...] = share
    return attention


def test_uniform_weights_give_every_point_the_mean(attention):
    expected = np.broadcast_to(POINTS.mean(axis=1, keepdims=True), POINTS.shape)
    np.testing.assert_allclose(identity(attention)(POINTS), expected, atol=1e-5)


def test_the_order_of_points_does_not_matter(attention):
    order = np.random.default_rng(0).permutation(10)
    np.testing.assert_allclose(attention(POINTS[:, order]), attention(POINTS)[:, order], atol=1e-5)


def test_points_that_share_no_slice_do_not_meet_without_attention(attention):
    identity(attention)
    attention.key.kernel[...] = jnp.eye(8, dtype=jnp.float32)
    attention.slice.kernel[...] = jnp.zeros((4, 3), jnp.float32).at[0].set(jnp.array([100.0, -100.0, 0.0], jnp.float32))
    # Queries and keys that tell two slices apart: each attends to itself alone.
    sides = jnp.where(jnp.arange(10) < 5, 1.0, -1.0).astype(jnp.float32)
    points = POINTS.at[..., 0].set(sides[None]).at[..., 4].set(sides[None])
    attention.attention.kernel[...] = attention.attention.kernel[...].at[0, 0].set(30.0).at[0, 4].set(30.0)
    first = points[:, :5].mean(axis=1, keepdims=True)
    np.testing.assert_allclose(attention(points)[:, :5], np.broadcast_to(first, (2, 5, 8)), atol=1e-4)
