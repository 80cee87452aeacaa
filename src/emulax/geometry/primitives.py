"""Exact signed distances of elementary shapes centred at the origin: negative inside, positive outside."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float, ScalarLike

from emulax.geometry.norm import norm

Pair = tuple[ScalarLike, ScalarLike] | Float[Array | np.ndarray, " 2"]


@jax.jit
def circle(points: Float[Array, "*batch 2"], *, radius: ScalarLike) -> Float[Array, "*batch"]:
    """Signed distance of a circle, |p| - R.

    Args:
        points: Positions [D].
        radius: R > 0 [D].
    """
    return norm(points[..., 0], points[..., 1]) - jnp.asarray(radius, points.dtype)


@jax.jit
def box(points: Float[Array, "*batch 2"], *, half_size: Pair) -> Float[Array, "*batch"]:
    """Signed distance of a rectangle with sides along the axes.

    Args:
        points: Positions [D].
        half_size: Half of its extent in x and in y, both > 0 [D].
    """
    x = jnp.abs(points[..., 0]) - jnp.asarray(half_size[0], points.dtype)
    y = jnp.abs(points[..., 1]) - jnp.asarray(half_size[1], points.dtype)
    # `where` and not `maximum`: on a tie the latter halves the gradient.
    return jnp.where((x > 0) & (y > 0), norm(x, y), jnp.where(x > y, x, y))


@jax.jit
def regular_polygon(
    points: Float[Array, "*batch 2"], *, sides: ScalarLike, radius: ScalarLike
) -> Float[Array, "*batch"]:
    """Signed distance of a regular polygon with one vertex on the positive x axis.

    The plane is folded onto the sector of one side. `sides` is an ordinary number, so all polygons share one
    compile.

    Args:
        points: Positions [D].
        sides: Number of sides, >= 3.
        radius: Circumradius > 0 [D].
    """
    dtype = points.dtype
    half_sector = math.pi / jnp.asarray(sides, dtype)
    radius = jnp.asarray(radius, dtype)
    x, y = points[..., 0], points[..., 1]
    # The sector of a point is piecewise constant: it has no gradient, and arctan2's NaN at the centre stays out.
    sector = jnp.floor(jnp.arctan2(lax.stop_gradient(y), lax.stop_gradient(x)) / (2 * half_sector))
    middle = (2 * sector + 1) * half_sector
    cosine, sine = jnp.cos(middle), jnp.sin(middle)
    across = x * cosine + y * sine - radius * jnp.cos(half_sector)
    along = jnp.abs(y * cosine - x * sine)
    beyond = along - radius * jnp.sin(half_sector)
    return jnp.where((beyond > 0) & (across > 0), norm(across, beyond), across)


@jax.jit
def ellipse(points: Float[Array, "*batch 2"], *, semi_axes: Pair) -> Float[Array, "*batch"]:
    """Signed distance of an ellipse with axes along x and y.

    With p folded into the first quadrant, the nearest point c = (a cos t, b sin t) solves

        (a^2 - b^2) cos t sin t + b p_y cos t - a p_x sin t = 0.

    Divided by cos t sin t the left side decreases strictly, so its root in [0, pi/2] is unique and bisection
    finds it for every p, on the axes, at the centre and for a = b alike. The distance is (p - c) . n: c is
    stationary, so holding t fixed gives exact first derivatives in p and in the semi-axes, on the outline too
    (second ones are not exact).

    Args:
        points: Positions [D].
        semi_axes: a along x and b along y, both > 0 [D]; either may be the larger.
    """
    dtype = points.dtype
    a, b = jnp.asarray(semi_axes[0], dtype), jnp.asarray(semi_axes[1], dtype)
    x, y = jnp.abs(points[..., 0]), jnp.abs(points[..., 1])
    cosine, sine = _nearest_angle(*lax.stop_gradient((x, y, a, b)))
    length = jnp.sqrt((b * cosine) ** 2 + (a * sine) ** 2)
    return ((x - a * cosine) * b * cosine + (y - b * sine) * a * sine) / length


def _nearest_angle(
    x: Float[Array, "*batch"], y: Float[Array, "*batch"], a: Float[Array, ""], b: Float[Array, ""]
) -> tuple[Float[Array, "*batch"], Float[Array, "*batch"]]:
    """Cosine and sine of the nearest point's parameter for (x, y) >= 0, by bisecting unit vectors."""
    focal = (a - b) * (a + b)
    zero, one = jnp.zeros_like(x), jnp.ones_like(x)

    def bisect(_, bracket):
        low_cosine, low_sine, high_cosine, high_sine = bracket
        cosine, sine = low_cosine + high_cosine, low_sine + high_sine
        length = jnp.sqrt(cosine**2 + sine**2)
        cosine, sine = cosine / length, sine / length
        above = focal * cosine * sine + b * y * cosine - a * x * sine > 0
        return (
            jnp.where(above, cosine, low_cosine),
            jnp.where(above, sine, low_sine),
            jnp.where(above, high_cosine, cosine),
            jnp.where(above, high_sine, sine),
        )

    steps = jnp.finfo(x.dtype).nmant + 2
    cosine, sine, _, _ = lax.fori_loop(0, steps, bisect, (one, zero, zero, one))
    return cosine, sine
