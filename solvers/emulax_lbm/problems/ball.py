"""The body of most problems."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from emulax_lbm.checks import numbers_of, require_components, require_positive, require_shape


def ball(
    shape: tuple[int, ...], centre: Sequence[float], cells: float, *, diameter: float = 1.0
) -> Float[np.ndarray, "*space"]:
    """Signed distances at the cell centres to a ball (in two dimensions a circle), in float32.

    Args:
        shape: Cells `([z,] y, x)`.
        centre: Components x, y[, z] in units of D, from the corner of the box.
        cells: Cells in D.
        diameter: In units of D.

    Raises:
        CaseError: No such shape, a centre with other components, or no cells.
    """
    require_shape("shape", shape, (2, 3))
    require_positive("cells", cells)
    middle = numbers_of("centre", centre, 1)
    require_components("centre", middle, len(shape))
    points = (np.indices(shape) + 0.5) / cells
    squares = sum((x - c) ** 2 for x, c in zip(points[::-1], middle, strict=True))
    return (np.sqrt(squares) - 0.5 * diameter).astype(np.float32)
