"""Closed curves as comma-separated values."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from jaxtyping import Float

from emulax.geometry.outline import check_outline
from emulax.geometry.readers.content import read_columns


def read_curve(path: Path) -> Float[np.ndarray, "vertex 2"]:
    """Corners of the closed curve in a CSV file of x, y; a header line and `#` comments are allowed.

    Raises:
        InputError: The file cannot be read, or its outline is not closed and simple.
    """
    return check_outline(read_columns(path), str(path))
