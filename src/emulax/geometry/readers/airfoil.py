"""Airfoil coordinate files in Selig's and in Lednicer's order.

Selig: a title, then x, y from the trailing edge over the upper surface to the leading edge and back along the
lower one. Lednicer: a title, the number of points on the upper and on the lower surface, then both from
leading to trailing edge.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from jaxtyping import Float

from emulax.core.errors import InputError
from emulax.geometry.outline import check_outline
from emulax.geometry.readers.content import read_columns


def read_airfoil(path: Path) -> Float[np.ndarray, "vertex 2"]:
    """Corners of an airfoil file, counter-clockwise; a trailing edge open by up to 2 % is closed.

    Raises:
        InputError: The file cannot be read, a Lednicer file holds another number of points than it announces,
            or the outline is not closed and simple.
    """
    rows = read_columns(path)
    # No surface begins two chords away: such a first pair counts points.
    if len(rows) and (rows[0] >= 2).all():
        rows = _selig_order(rows, path)
    return check_outline(rows, str(path))


def _selig_order(rows: Float[np.ndarray, "row 2"], path: Path) -> Float[np.ndarray, "point 2"]:
    upper, lower = rows[0]
    points = rows[1:]
    if upper + lower != len(points):
        raise InputError(str(path), f"announces {upper:g} + {lower:g} points (Lednicer), holds {len(points)}")
    split = int(upper)
    return np.concatenate([points[:split][::-1], points[split:]])
