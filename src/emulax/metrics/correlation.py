"""Does a prediction rank cases rightly, beyond what is plain to see?"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from scipy.stats import rankdata


def partial_spearman(
    predicted: Float[np.ndarray, " sample"],
    true: Float[np.ndarray, " sample"],
    covariates: Float[np.ndarray, "sample covariate"],
) -> float:
    """Partial Spearman correlation: that of the ranks less what the ranks of the covariates explain.

    Both sets of ranks (ties share their mean) are regressed on a constant and the covariates' ranks by least squares;
    what is left of them is correlated:

        r = sum a b / sqrt(sum a^2 sum b^2)

    A drag that follows from the height of the body alone thus scores nothing, given the height.

    Args:
        predicted: One number per sample.
        true: The same of the reference.
        covariates: What is known without a prediction, one column each; without columns, Spearman's correlation.

    Returns:
        A number in [-1, 1]; NaN where the covariates leave nothing of one of the two.
    """
    ranks = rankdata(covariates, axis=0)
    known = np.concatenate([np.ones((len(ranks), 1)), ranks], axis=1)

    def unexplained(values: Float[np.ndarray, " sample"]) -> Float[np.ndarray, " sample"]:
        rank = rankdata(values)
        left = rank - known @ np.linalg.lstsq(known, rank, rcond=None)[0]
        # What round-off leaves of ranks that are explained is nothing.
        return np.where(np.linalg.norm(left) > 1e-9 * np.linalg.norm(rank), left, 0.0)

    a, b = unexplained(predicted), unexplained(true)
    size = np.sqrt((a @ a) * (b @ b))
    return float(a @ b / size) if size > 0 else float("nan")
