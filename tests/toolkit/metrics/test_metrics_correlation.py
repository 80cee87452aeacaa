import numpy as np
import pytest
from scipy.stats import spearmanr

from emulax.metrics import partial_spearman


def test_without_covariates_it_is_spearmans_correlation(rng):
    a, b = rng.normal(size=(2, 40)).round(1)  # with ties
    assert partial_spearman(a, b, np.zeros((40, 0))) == pytest.approx(spearmanr(a, b).statistic)


def test_one_covariate_has_the_formula_of_the_textbook(rng):
    """r_ab.c = (r_ab - r_ac r_bc) / sqrt((1 - r_ac^2)(1 - r_bc^2))"""
    a, b, c = rng.normal(size=(3, 50)) + rng.normal(size=50)
    ab, ac, bc = (spearmanr(*pair).statistic for pair in ((a, b), (a, c), (b, c)))
    expected = (ab - ac * bc) / np.sqrt((1 - ac**2) * (1 - bc**2))
    assert partial_spearman(a, b, c[:, None]) == pytest.approx(expected)


def test_what_follows_from_the_covariates_alone_scores_nothing(rng):
    height, length = rng.uniform(0.6, 1.6, (2, 400))
    true = height + length + 0.2 * rng.normal(size=400)
    guess = height + length + 0.2 * rng.normal(size=400)
    covariates = np.stack([height, length], axis=1)
    assert spearmanr(guess, true).statistic > 0.7
    assert abs(partial_spearman(guess, true, covariates)) < 0.15


def test_monotonic_scales_do_not_matter(rng):
    a, b, c = rng.normal(size=(3, 30))
    covariates = c[:, None]
    assert partial_spearman(np.exp(a), b**3, np.exp(covariates)) == pytest.approx(partial_spearman(a, b, covariates))


def test_nothing_is_known_where_the_covariates_leave_nothing(rng):
    a, b = rng.normal(size=(2, 20))
    assert np.isnan(partial_spearman(a, b, a[:, None]))
