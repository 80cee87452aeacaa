"""Signed distance of a body bounded by triangles, robust to meshes that are not clean."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, ArrayLike, Float

from emulax.geometry.norm import norm

Vector = Float[Array, "3 *batch"]


@jax.jit
def mesh_distance(
    points: Float[Array, "*batch 3"], triangles: Float[ArrayLike, "triangle 3 3"]
) -> Float[Array, "*batch"]:
    """Signed distance to a triangle mesh, solid where the magnitude of the winding number exceeds 1/2.

    Args:
        points: Positions.
        triangles: Corners, consistently oriented (see `orientation`); holes and duplicates are tolerated.
    """
    triangles = jnp.asarray(triangles, points.dtype)
    point = jnp.moveaxis(points, -1, 0)
    nearest, turns = _scan(lax.stop_gradient(point), lax.stop_gradient(triangles))
    corners = jnp.moveaxis(triangles[nearest], (-2, -1), (0, 1))
    offset = point - _nearest_point(point, corners[0], corners[1], corners[2])
    sign = jnp.where(jnp.abs(turns) > 0.5, -1.0, 1.0).astype(points.dtype)
    return sign * norm(offset[0], offset[1], offset[2])


@jax.jit
def winding_number(
    points: Float[Array, "*batch 3"], triangles: Float[ArrayLike, "triangle 3 3"]
) -> Float[Array, "*batch"]:
    """Generalised winding number, the solid angle under which a point sees the surface over 4 pi.

    One inside and zero outside of a closed surface whose corners run counter-clockwise seen from outside;
    smooth across its holes. With a, b, c the corners seen from the point:

        tan(Omega / 2) = a . (b x c) / (|a| |b| |c| + (a . b) |c| + (b . c) |a| + (c . a) |b|)

    Args:
        points: Positions.
        triangles: Corners.

    Source: Jacobson, Kavan, Sorkine-Hornung 2013, doi 10.1145/2461912.2461916; the formula is that of
    Van Oosterom, Strackee 1983, doi 10.1109/TBME.1983.325207.
    """
    _, turns = _scan(jnp.moveaxis(points, -1, 0), jnp.asarray(triangles, points.dtype))
    return turns


def _scan(point: Vector, triangles: Float[Array, "triangle 3 3"]) -> tuple[Array, Float[Array, "*batch"]]:
    """The nearest triangle and the winding number; memory does not grow with the triangles."""

    def visit(carry, triangle):
        best, nearest, turns, index = carry
        a, b, c = (corner.reshape(3, *[1] * (point.ndim - 1)) for corner in triangle)
        offset = point - _nearest_point(point, a, b, c)
        square = _dot(offset, offset)
        closer = square < best
        turns = turns + _solid_angle(a - point, b - point, c - point) / (4 * math.pi)
        return (jnp.where(closer, square, best), jnp.where(closer, index, nearest), turns, index + 1), None

    batch = point.shape[1:]
    start = (
        jnp.full(batch, jnp.inf, point.dtype),
        jnp.zeros(batch, jnp.int32),
        jnp.zeros(batch, point.dtype),
        jnp.zeros((), jnp.int32),
    )
    (_, nearest, turns, _), _ = lax.scan(visit, start, triangles)
    return nearest, turns


def _solid_angle(a: Array, b: Array, c: Array) -> Array:
    length_a, length_b, length_c = (jnp.sqrt(_dot(v, v)) for v in (a, b, c))
    volume = _dot(a, _cross(b, c))
    cosine = length_a * length_b * length_c + _dot(a, b) * length_c + _dot(b, c) * length_a + _dot(c, a) * length_b
    return 2 * jnp.arctan2(volume, cosine)


def _nearest_point(point: Array, a: Array, b: Array, c: Array) -> Array:
    """The point of the triangle abc nearest to `point`: its foot on the plane or a point of an edge."""
    normal = _cross(b - a, c - a)
    foot = point - normal * (_dot(point - a, normal) / _dot(normal, normal))[None]
    inside = jnp.ones(point.shape[1:], bool)
    nearest, best = foot, jnp.full(point.shape[1:], jnp.inf, point.dtype)
    for start, end in ((a, b), (b, c), (c, a)):
        edge = end - start
        inside = inside & (_dot(_cross(edge, foot - start), normal) >= 0)
        t = jnp.clip(_dot(point - start, edge) / _dot(edge, edge), 0.0, 1.0)
        candidate = start + t[None] * edge
        square = _dot(point - candidate, point - candidate)
        nearest = jnp.where((square < best)[None], candidate, nearest)
        best = jnp.minimum(square, best)
    return jnp.where(inside[None], foot, nearest)


def _dot(a: Array, b: Array) -> Array:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def _cross(a: Array, b: Array) -> Array:
    return jnp.stack(
        [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]],
    )
