"""Verdicts on points of a flow."""

import numpy as np
import pytest

from emulax.core.errors import InputError
from emulax.trust import LocalDomain


@pytest.fixture
def domain(rng):
    """Points around the origin, of which the second feature varies a hundred times as much."""
    trained, held_out = (rng.standard_normal((count, 2)) * [1.0, 100.0] for count in (2000, 1000))
    return LocalDomain.fit(trained, held_out)


def test_points_like_the_training_points_are_called_out_as_often_as_allowed(domain, rng):
    verdicts = domain.judge(rng.standard_normal((4000, 2)) * [1.0, 100.0])
    assert verdicts.out_of_distribution.mean() == pytest.approx(0.05, abs=0.02)


def test_points_far_away_are_called_out(domain):
    verdicts = domain.judge(np.array([[6.0, 0.0], [0.0, 600.0], [0.0, 0.0]]))
    np.testing.assert_array_equal(verdicts.out_of_distribution, [True, True, False])


def test_features_count_in_their_own_units(domain):
    one, other = domain.judge(np.array([[8.0, 0.0], [0.0, 800.0]])).score
    assert one == pytest.approx(other, rel=0.2)


def test_a_feature_that_does_not_vary_divides_by_no_zero(rng):
    trained = np.stack([rng.standard_normal(200), np.zeros(200)], axis=1)
    assert np.isfinite(LocalDomain.fit(trained, trained).judge(trained).score).all()


@pytest.mark.parametrize(
    ("rate", "points", "named"), [(1.5, 100, "false_alarms"), (0.01, 50, "held_out: are 50 points")]
)
def test_a_bad_rate_is_refused(rng, rate, points, named):
    values = rng.standard_normal((points, 2))
    with pytest.raises(InputError, match=named):
        LocalDomain.fit(values, values, false_alarms=rate)
