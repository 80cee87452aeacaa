"""The weights of the populations that a wall's answer is made of (Bouzidi, Firdaouss & Lallemand 2001).

The wall crosses the link from the fluid cell x to its solid neighbour x - c_i at the fraction `q` of its length. The
population that comes back is interpolated (doi 10.1063/1.1399290), linearly

    q <  1/2:   f_i = 2q f_i'(x) + (1 - 2q) f_i'(x + c_i)
    q >= 1/2:   f_i = f_i'(x) / 2q + (1 - 1 / 2q) f_i(x)

or by a parabola

    q <  1/2:   f_i = q (1 + 2q) f_i'(x) + (1 - 4q^2) f_i'(x + c_i) - q (1 - 2q) f_i'(x + 2 c_i)
    q >= 1/2:   f_i = f_i'(x) / q (2q + 1) + (2q - 1) / q f_i(x) - (2q - 1) / (2q + 1) f_i(x + c_i)

with `i'` opposite to `i` and all values on the right after collision. `q = 1/2` is half-way bounce-back. The weights of
a formula sum to one, so two of them say it all.
"""

from __future__ import annotations

from typing import Literal, TypeVar

import jax
import numpy as np

Walls = Literal["bouzidi", "bouzidi-quadratic", "half-way"]
"""How walls inside the box reflect: interpolated linearly, by a parabola, or as a staircase."""

_Numbers = TypeVar("_Numbers", np.ndarray, jax.Array)


def link_weights(fraction: _Numbers, inner: _Numbers, quadratic: _Numbers) -> tuple[_Numbers, _Numbers]:
    """Weights of the reflected population `f_i'(x)` and of the farthest one; the one between has what is left of one.

    Arrays of NumPy or of JAX, all of one shape; the weights are smooth in the fraction on either side of 1/2.

    Args:
        fraction: `q`, above 0 and up to 1.
        inner: Whether the populations beside the reflected one are those that move towards the wall, from the next
            cells (the formulas for `q < 1/2`). Where not, a smaller `q` counts as 1/2.
        quadratic: Whether there is a farthest population; where not, its weight is zero and the formula linear.
    """
    xp = fraction.__array_namespace__()
    q = xp.where(inner, fraction, xp.maximum(fraction, 0.5))
    parabola = q * (1.0 + 2.0 * q)
    linear = xp.where(inner, 2.0 * q, 0.5 / q)
    reflected = xp.where(quadratic, xp.where(inner, parabola, 1.0 / parabola), linear)
    farthest = xp.where(inner, q, 1.0 / (1.0 + 2.0 * q)) * xp.where(inner, 2.0 * q - 1.0, 1.0 - 2.0 * q)
    return reflected, xp.where(quadratic, farthest, 0.0)
