"""Inflow profiles: streamwise velocity at the cell centres of the left edge, in units of U.

The shape is that of the edge, `(y,)` in two dimensions and `(z, y)` in three; another one raises `CaseError`.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from emulax_lbm.checks import require_shape


def uniform(shape: tuple[int, ...]) -> Float[np.ndarray, "*side"]:
    """U everywhere."""
    require_shape("shape", shape, (1, 2))
    return np.ones(shape)


def parabolic(shape: tuple[int, ...]) -> Float[np.ndarray, "*side"]:
    """The product of a parabola per axis, zero at the edges of the box, with mean velocity U."""
    return np.prod([6.0 * fraction * (1.0 - fraction) for fraction in _centres(shape)], axis=0)


def power_law(shape: tuple[int, ...], exponent: float = 1.0 / 7.0) -> Float[np.ndarray, "*side"]:
    """A boundary layer on the bottom that fills the box: `(y / H) ** exponent`, U at the top."""
    return np.broadcast_to(_centres(shape)[-1] ** exponent, shape).copy()


def _centres(shape: tuple[int, ...]) -> list[np.ndarray]:
    require_shape("shape", shape, (1, 2))
    return list(np.meshgrid(*[(np.arange(cells) + 0.5) / cells for cells in shape], indexing="ij"))
