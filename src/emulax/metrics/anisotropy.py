"""Errors and maps of the anisotropy b of the Reynolds stress."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float, Float64


def anisotropy_rmse(
    predicted: Float[np.ndarray, "cell 3 3"],
    truth: Float[np.ndarray, "cell 3 3"],
    *,
    valid: Bool[np.ndarray, " cell"],
    weight: Float[np.ndarray, " cell"] | None = None,
) -> float:
    """Root of the mean squared error over all nine components and the valid cells.

    Args:
        predicted: b of a model.
        truth: The true b.
        valid: Cells that count.
        weight: Weight of each cell, such as its volume; the same for all by default.
    """
    squares = ((predicted - truth) ** 2).mean((1, 2), dtype=np.float64)[valid]
    return float(np.sqrt(np.average(squares, weights=None if weight is None else weight[valid])))


def barycentric(anisotropy: Float[np.ndarray, "cell 3 3"]) -> Float64[np.ndarray, "cell 3"]:
    """Shares of turbulence of one, two and three components, which sum to one; none is negative in a realizable b.

        C_1 = l_1 - l_2,   C_2 = 2 (l_2 - l_3),   C_3 = 3 l_3 + 1

    with the eigenvalues l_1 >= l_2 >= l_3 of b.

    Source: Banerjee, Krahl, Durst & Zenger 2007, doi:10.1080/14685240701506896, eqs. 14 to 16.
    """
    third, second, first = np.moveaxis(np.linalg.eigvalsh(np.asarray(anisotropy, np.float64)), -1, 0)
    return np.stack([first - second, 2.0 * (second - third), 3.0 * third + 1.0], axis=-1)
