"""Inflow profiles: streamwise velocity at the cell centres of the left edge, in units of U.

The shape is that of the edge, `(y,)` in two dimensions and `(z, y)` in three.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float


def uniform(shape: tuple[int, ...]) -> Float[np.ndarray, "*side"]:
    """U everywhere."""
    return np.ones(shape)


def parabolic(shape: tuple[int, ...]) -> Float[np.ndarray, "*side"]:
    """The product of a parabola per axis, zero at the edges of the box, with mean velocity U."""
    profile = np.ones(shape)
    for fraction in _centres(shape):
        profile *= 6.0 * fraction * (1.0 - fraction)
    return profile


def power_law(shape: tuple[int, ...], exponent: float = 1.0 / 7.0) -> Float[np.ndarray, "*side"]:
    """A boundary layer on the bottom that fills the box: `(y / H) ** exponent`, U at the top."""
    return np.broadcast_to(_centres(shape)[-1] ** exponent, shape).copy()


def _centres(shape: tuple[int, ...]) -> list[np.ndarray]:
    return list(np.meshgrid(*[(np.arange(cells) + 0.5) / cells for cells in shape], indexing="ij"))
