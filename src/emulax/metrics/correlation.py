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

    A drag that follows from the height of the body alone thus scores nothing, given the height. One that follows from
    a product of covariates still scores, since ranks add up: see `spearman_beyond_size`.

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


def size_fit(
    true: Float[np.ndarray, " sample"], covariates: Float[np.ndarray, "sample covariate"]
) -> Float[np.ndarray, " sample"]:
    """What positive numbers follow from positive covariates alone: least squares of their logarithm.

    The polynomial of second degree in the logarithms of the covariates, which holds every product of powers.

    Args:
        true: One positive number per sample.
        covariates: What is known of each sample, one column each.

    Returns:
        The fitted numbers; NaN where one of the given ones is not positive.
    """
    if not ((true > 0.0).all() and (covariates > 0.0).all()):
        return np.full(len(true), np.nan)
    logarithms = np.log(np.asarray(covariates, np.float64))
    centred = logarithms - logarithms.mean(axis=0)
    pairs = np.triu_indices(centred.shape[1])
    terms = np.concatenate([np.ones((len(true), 1)), centred, centred[:, pairs[0]] * centred[:, pairs[1]]], axis=1)
    logarithm = np.log(np.asarray(true, np.float64))
    return np.exp(terms @ np.linalg.lstsq(terms, logarithm, rcond=None)[0])


def spearman_beyond_size(
    predicted: Float[np.ndarray, " sample"],
    true: Float[np.ndarray, " sample"],
    covariates: Float[np.ndarray, "sample covariate"],
) -> float:
    """Spearman's correlation of predicted and true numbers, both over `size_fit` of the true ones.

    What any law of the covariates predicts scores nothing.

    Args:
        predicted: One number per sample.
        true: The same of the reference, positive.
        covariates: What is known without a prediction, positive, one column each.

    Returns:
        A number in [-1, 1]; NaN where the fit leaves nothing, or a number that must be is not positive.
    """
    fitted = size_fit(true, covariates)
    left, truly_left = predicted / fitted, true / fitted
    # What round-off leaves of numbers that are explained is nothing.
    if not (np.isfinite(left).all() and min(np.ptp(left), np.ptp(truly_left)) > 1e-6):
        return float("nan")
    return partial_spearman(left, truly_left, np.zeros((len(true), 0)))
