import numpy as np
import pytest
from scipy.stats import spearmanr

from emulax.metrics import partial_spearman, size_fit, spearman_beyond_size


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


@pytest.fixture
def bodies(rng):
    """Height, length and Reynolds number of bodies, and a drag that a product of their powers gives, nearly."""
    size = np.exp(rng.uniform(np.log([0.6, 1.0, 5.0]), np.log([1.6, 4.0, 30.0]), (500, 3)))
    law = 3.0 * size[:, 0] ** 1.3 / np.sqrt(size[:, 2]) * size[:, 1] ** (0.1 * np.log(size[:, 1]))
    return size, law, law * np.exp(0.05 * rng.normal(size=500))


def test_a_law_of_size_scores_nothing_beyond_size(bodies, rng):
    """Where ranks, which add up, leave much of a product."""
    size, law, true = bodies
    guess = law * np.exp(0.05 * rng.normal(size=500))
    assert partial_spearman(guess, true, size) > 0.5
    assert abs(spearman_beyond_size(guess, true, size)) < 0.15


def test_what_size_does_not_give_is_ranked(bodies, rng):
    size, _, true = bodies
    nearly = true * np.exp(0.01 * rng.normal(size=500))
    assert spearman_beyond_size(nearly, true, size) > 0.95
    assert spearman_beyond_size(7.0 * true, true, size) == pytest.approx(1.0)


def test_fit_of_size_is_exact_for_products_of_powers(bodies):
    size, law, _ = bodies
    np.testing.assert_allclose(size_fit(law, size), law, rtol=1e-9)


def test_nothing_is_known_beyond_size_where_the_fit_leaves_nothing(bodies):
    size, law, true = bodies
    assert np.isnan(spearman_beyond_size(true, law, size))
    assert np.isnan(spearman_beyond_size(size_fit(true, size), true, size))


def test_nothing_is_known_beyond_size_where_a_drag_is_not_positive(bodies):
    size, law, true = bodies
    true[0] = 0.0
    assert np.isnan(spearman_beyond_size(law, true, size))
