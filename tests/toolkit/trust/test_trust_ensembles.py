import numpy as np
import pytest

from emulax.core.errors import InputError
from emulax.trust import Ensemble


def _members(fields):
    return [lambda inputs, values=values: values for values in fields]


def test_mean_and_spread_are_those_of_the_members(test, rng):
    fields = (1e3 + rng.normal(size=(4, *test.fields.shape))).astype(np.float32)
    found = Ensemble(_members(fields)).predict(test.inputs)
    np.testing.assert_allclose(found.mean, fields.mean(axis=0, dtype=np.float64), rtol=1e-6)
    np.testing.assert_allclose(found.spread, fields.std(axis=0, ddof=1, dtype=np.float64), rtol=1e-5)
    assert found.mean.dtype == found.spread.dtype == np.float32


def test_members_that_agree_have_no_spread(test):
    found = Ensemble(_members([test.fields] * 3)).predict(test.inputs)
    np.testing.assert_array_equal(found.mean, test.fields)
    assert not found.spread.any()


def test_an_ensemble_is_a_predictor(test):
    ensemble = Ensemble(_members([test.fields, 3 * test.fields]))
    np.testing.assert_allclose(ensemble.mean(test.inputs), 2 * test.fields, rtol=1e-6)


def test_one_member_has_no_spread(test):
    with pytest.raises(InputError, match="needs at least 2"):
        Ensemble(_members([test.fields]))
