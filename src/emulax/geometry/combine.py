"""Signed distances from signed distances: boolean operations and similarity transforms.

What these return is a `jax.tree_util.Partial`: a function that is also a pytree whose leaves are its numbers
(radii, angles, offsets, vertices). One `jit` of `lambda sdf, points: sdf(points)` therefore serves every
shape of the same structure without compiling again.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TypeAlias

import jax
import jax.numpy as jnp
import numpy as np
from jax.tree_util import Partial
from jaxtyping import Array, Float, ScalarLike

Points: TypeAlias = Float[Array, "*batch d"]
Distance: TypeAlias = Float[Array, "*batch"]
Offset: TypeAlias = tuple[ScalarLike, ...] | Float[Array | np.ndarray, " d"]
Rotation: TypeAlias = Float[Array | np.ndarray, "3 3"]
Sdf: TypeAlias = Callable[[Points], Distance]


def union(*sdfs: Sdf) -> Partial:
    """All of the bodies: d = min(d_1, d_2, ...). Exact outside; inside, |d| is a lower bound."""
    return Partial(_union, tuple(map(as_pytree, sdfs)))


def intersection(*sdfs: Sdf) -> Partial:
    """What the bodies share: d = max(d_1, d_2, ...). Exact inside; outside, d is a lower bound."""
    return Partial(_intersection, tuple(map(as_pytree, sdfs)))


def smooth_union(*sdfs: Sdf, radius: ScalarLike) -> Partial:
    """Union with fillets, d = min(d_1, d_2) - max(k - |d_1 - d_2|, 0)^2 / (4 k), from left to right.

    Differentiable where the plain union has a kink. Not an exact distance within `radius` of the fillet.

    Args:
        sdfs: The bodies.
        radius: k > 0 [D]: bodies blend where their distances differ by less.

    Source: I. Quilez, Smooth minimum (quadratic polynomial), iquilezles.org/articles/smin.
    """
    return Partial(_smooth_union, tuple(map(as_pytree, sdfs)), radius)


def translate(sdf: Sdf, offset: Offset) -> Partial:
    """The body moved by `offset` [D], which has as many components as its points."""
    return Partial(_translated, as_pytree(sdf), offset)


def rotate(sdf: Sdf, angle: ScalarLike) -> Partial:
    """The body in the plane turned counter-clockwise about the origin by `angle` [rad]."""
    return Partial(_rotated, as_pytree(sdf), angle)


def turn(sdf: Sdf, rotation: Rotation) -> Partial:
    """The body in space turned about the origin: d(p) = d_0(R^T p).

    Args:
        sdf: The body.
        rotation: R, orthogonal. Its columns are where the body's x, y and z axes point after the turn.
    """
    return Partial(_turned, as_pytree(sdf), rotation)


def scale(sdf: Sdf, factor: ScalarLike) -> Partial:
    """The body enlarged about the origin by `factor` > 0: d(p) = s d_0(p / s)."""
    return Partial(_scaled, as_pytree(sdf), factor)


def as_pytree(sdf: Sdf) -> Partial:
    """The same function as a pytree."""
    if isinstance(sdf, Partial):
        return sdf
    # `Partial` of a `functools.partial` would hide its numbers.
    if isinstance(sdf, functools.partial):
        return Partial(sdf.func, *sdf.args, **sdf.keywords)
    return Partial(sdf)


def evaluate(sdf: Sdf, points: Points) -> Distance:
    """Signed distance at `points` [D]; bodies of one structure share one compile."""
    return _evaluate(as_pytree(sdf), points)


@jax.jit
def _evaluate(distance: Partial, points: Points) -> Distance:
    return distance(points)


def _union(sdfs: tuple[Sdf, ...], points: Points) -> Distance:
    return functools.reduce(jnp.minimum, (sdf(points) for sdf in sdfs))


def _intersection(sdfs: tuple[Sdf, ...], points: Points) -> Distance:
    return functools.reduce(jnp.maximum, (sdf(points) for sdf in sdfs))


def _smooth_union(sdfs: tuple[Sdf, ...], radius: ScalarLike, points: Points) -> Distance:
    width = jnp.asarray(radius, points.dtype)

    def blend(first: Distance, second: Distance) -> Distance:
        overlap = jnp.maximum(width - jnp.abs(first - second), 0.0)
        return jnp.minimum(first, second) - overlap**2 / (4 * width)

    return functools.reduce(blend, (sdf(points) for sdf in sdfs))


def _translated(sdf: Sdf, offset: Offset, points: Points) -> Distance:
    moved = [points[..., axis] - jnp.asarray(offset[axis], points.dtype) for axis in range(points.shape[-1])]
    return sdf(jnp.stack(moved, axis=-1))


def _rotated(sdf: Sdf, angle: ScalarLike, points: Points) -> Distance:
    angle = jnp.asarray(angle, points.dtype)
    cosine, sine = jnp.cos(angle), jnp.sin(angle)
    x, y = points[..., 0], points[..., 1]
    return sdf(jnp.stack([cosine * x + sine * y, cosine * y - sine * x], axis=-1))


def _turned(sdf: Sdf, rotation: Rotation, points: Points) -> Distance:
    return sdf(jnp.matmul(points, jnp.asarray(rotation, points.dtype), precision="highest"))


def _scaled(sdf: Sdf, factor: ScalarLike, points: Points) -> Distance:
    factor = jnp.asarray(factor, points.dtype)
    return factor * sdf(points / factor)
