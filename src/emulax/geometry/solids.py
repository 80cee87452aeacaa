"""Exact signed distances of elementary bodies in space, centred at the origin: negative inside, positive outside."""

from __future__ import annotations

import functools

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, ScalarLike

from emulax.geometry.norm import norm

Triple = tuple[ScalarLike, ScalarLike, ScalarLike] | Float[Array | np.ndarray, " 3"]


@jax.jit
def sphere(points: Float[Array, "*batch 3"], *, radius: ScalarLike) -> Float[Array, "*batch"]:
    """Signed distance of a sphere, |p| - R.

    Args:
        points: Positions [D].
        radius: R > 0 [D].
    """
    return norm(points[..., 0], points[..., 1], points[..., 2]) - jnp.asarray(radius, points.dtype)


@jax.jit
def cuboid(points: Float[Array, "*batch 3"], *, half_size: Triple) -> Float[Array, "*batch"]:
    """Signed distance of a cuboid with edges along the axes.

    Args:
        points: Positions [D].
        half_size: Half of its extent in x, in y and in z, all > 0 [D].
    """
    return _beyond(
        *(jnp.abs(points[..., axis]) - jnp.asarray(half_size[axis], points.dtype) for axis in range(3)),
    )


@jax.jit
def cylinder(
    points: Float[Array, "*batch 3"], *, radius: ScalarLike, half_length: ScalarLike
) -> Float[Array, "*batch"]:
    """Signed distance of a circular cylinder with flat ends and its axis along x.

    Args:
        points: Positions [D].
        radius: R > 0 [D].
        half_length: Half of its extent along the axis, > 0 [D].
    """
    along = jnp.abs(points[..., 0]) - jnp.asarray(half_length, points.dtype)
    across = norm(points[..., 1], points[..., 2]) - jnp.asarray(radius, points.dtype)
    return _beyond(along, across)


def _beyond(*excess: Float[Array, "*batch"]) -> Float[Array, "*batch"]:
    """Distance from how far a point is beyond each of several faces that stand at right angles to each other."""
    # `where` and not `maximum`: on a tie the latter halves the gradient.
    largest = functools.reduce(lambda first, second: jnp.where(first > second, first, second), excess)
    outside = norm(*(jnp.where(distance > 0, distance, 0.0) for distance in excess))
    return jnp.where(largest > 0, outside, largest)
