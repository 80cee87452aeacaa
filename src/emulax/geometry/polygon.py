"""Exact signed distance of outlines made of straight segments."""

from __future__ import annotations

import math
from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, ArrayLike, Float, Int

from emulax.geometry.norm import norm

Scalars = Float[Array, "*batch"]
Turning = Callable[[Scalars, Scalars, Scalars, Scalars], Scalars]


@jax.jit
def polygon(points: Float[Array, "*batch 2"], vertices: Float[ArrayLike, "vertex 2"]) -> Float[Array, "*batch"]:
    """Signed distance of a closed polygon.

    Args:
        points: Positions [D].
        vertices: Corners in order [D]; the last one is joined to the first. Either orientation.
    """
    corners = jnp.asarray(vertices, points.dtype)
    return closed_distance(points, jnp.stack([corners, jnp.roll(corners, -1, axis=0)], axis=1))


@jax.jit
def closed_distance(
    points: Float[Array, "*batch 2"], segments: Float[ArrayLike, "segment 2 2"]
) -> Float[Array, "*batch"]:
    """Signed distance of closed loops, several bodies and holes among them, given as segments in any order.

    A point is solid where the winding number, counted by the segments that cross the ray from it along +x, is
    not zero. Outer loops run counter-clockwise and holes clockwise.

    Args:
        points: Positions [D].
        segments: Start and end of each segment [D]. Those of length zero change nothing, so they can pad.
    """
    return _signed_distance(points, jnp.asarray(segments, points.dtype), _crossing)


@jax.jit
def open_distance(
    points: Float[Array, "*batch 2"], segments: Float[ArrayLike, "segment 2 2"]
) -> Float[Array, "*batch"]:
    """Signed distance of loops that may have gaps, doubled or stray segments.

    A point is solid where the generalised winding number, the sum of the signed angles under which it sees
    the segments over 2 pi, exceeds 1/2 in magnitude. Costs ten times `closed_distance`.

    Args:
        points: Positions [D].
        segments: Start and end of each segment [D]. Those of length zero change nothing, so they can pad.

    Source: Jacobson, Kavan, Sorkine-Hornung 2013, doi 10.1145/2461912.2461916.
    """
    return _signed_distance(points, jnp.asarray(segments, points.dtype), _angle)


def _signed_distance(
    points: Float[Array, "*batch 2"], segments: Float[Array, "segment 2 2"], turning: Turning
) -> Float[Array, "*batch"]:
    x, y = points[..., 0], points[..., 1]
    nearest, turns = _scan(*lax.stop_gradient((x, y, segments)), turning)
    sign = jnp.where(jnp.abs(turns) > 0.5, -1.0, 1.0).astype(points.dtype)

    start, end = segments[nearest, 0], segments[nearest, 1]
    edge_x, edge_y = end[..., 0] - start[..., 0], end[..., 1] - start[..., 1]
    x, y = x - start[..., 0], y - start[..., 1]
    # The nearest point is stationary along its segment: no gradient through t.
    t = lax.stop_gradient(_project(x, y, edge_x, edge_y))
    inside_edge = (t > 0) & (t < 1)
    # Next to the inside of an edge the distance is the offset along its normal, whose gradient, unlike that
    # of a length, does not vanish on the outline itself.
    length = jnp.where(inside_edge, norm(edge_x, edge_y), 1.0)
    offset = (x * edge_y - y * edge_x) / length
    offset = jnp.where(offset * sign < 0, -offset, offset)
    return jnp.where(inside_edge, offset, sign * norm(x - t * edge_x, y - t * edge_y))


def _scan(
    x: Scalars, y: Scalars, segments: Float[Array, "segment 2 2"], turning: Turning
) -> tuple[Int[Array, "*batch"], Scalars]:
    """The nearest segment of each point and the turns around it; memory does not grow with the segments."""

    def visit(carry, segment):
        best, nearest, turns, index = carry
        start, end = segment
        from_start_x, from_start_y = x - start[0], y - start[1]
        edge_x, edge_y = end[0] - start[0], end[1] - start[1]
        t = _project(from_start_x, from_start_y, edge_x, edge_y)
        square = (from_start_x - t * edge_x) ** 2 + (from_start_y - t * edge_y) ** 2
        closer = square < best
        turns = turns + turning(from_start_x, from_start_y, x - end[0], y - end[1])
        return (jnp.where(closer, square, best), jnp.where(closer, index, nearest), turns, index + 1), None

    start = (
        jnp.full_like(x, jnp.inf),
        jnp.zeros(x.shape, jnp.int32),
        jnp.zeros_like(x),
        jnp.zeros((), jnp.int32),
    )
    (_, nearest, turns, _), _ = lax.scan(visit, start, segments, unroll=4)
    return nearest, turns


def _project(x: Scalars, y: Scalars, edge_x: Array, edge_y: Array) -> Scalars:
    """Parameter in [0, 1] of the point of an edge nearest to (x, y), both relative to its start."""
    square = edge_x * edge_x + edge_y * edge_y
    return jnp.clip((x * edge_x + y * edge_y) / jnp.where(square > 0, square, 1.0), 0.0, 1.0)


def _crossing(start_x: Scalars, start_y: Scalars, end_x: Scalars, end_y: Scalars) -> Scalars:
    """+1 for a segment that crosses the ray along +x upwards, -1 downwards; arguments are point minus end."""
    side = start_x * end_y - start_y * end_x
    upwards = (start_y >= 0) & (end_y < 0) & (side > 0)
    downwards = (start_y < 0) & (end_y >= 0) & (side < 0)
    return upwards.astype(start_x.dtype) - downwards.astype(start_x.dtype)


def _angle(start_x: Scalars, start_y: Scalars, end_x: Scalars, end_y: Scalars) -> Scalars:
    """Signed turns of the view from the point along a segment; arguments are point minus end."""
    cross = start_x * end_y - start_y * end_x
    return jnp.arctan2(cross, start_x * end_x + start_y * end_y) / (2 * math.pi)
