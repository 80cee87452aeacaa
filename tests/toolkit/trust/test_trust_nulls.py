import dataclasses

import numpy as np
import pytest

from emulax.core.errors import InputError
from emulax.metrics import rel_l2
from emulax.trust import NULL_MODELS, MeanField, NearestNeighbour, PodGaussianProcess, score


@pytest.fixture(scope="module")
def fitted(train):
    return {name: null.fit(train) for name, null in NULL_MODELS.items()}


@pytest.fixture(scope="module")
def errors(fitted, test):
    return {row.name: row.means["rel_l2"] for row in score({k: v.predict for k, v in fitted.items()}, test)}


@pytest.mark.parametrize("name", NULL_MODELS)
def test_prediction_is_single_precision_and_zero_in_solid(fitted, test, name):
    predicted = fitted[name].predict(test.inputs)
    assert predicted.dtype == np.float32
    assert predicted.shape == test.fields.shape
    assert np.all(predicted[~test.mask] == 0)


@pytest.mark.parametrize("name", NULL_MODELS)
def test_prediction_does_not_depend_on_the_batch(fitted, test, name):
    together = fitted[name].predict(test.inputs)[3:4]
    alone = fitted[name].predict(test.take(slice(3, 4)).inputs)
    np.testing.assert_allclose(alone, together, atol=1e-5)


@pytest.mark.parametrize("name", NULL_MODELS)
def test_fitting_again_gives_the_same_bits(fitted, train, test, name):
    again = NULL_MODELS[name].fit(train).predict(test.inputs)
    np.testing.assert_array_equal(again, fitted[name].predict(test.inputs))


def test_each_null_beats_the_simpler_one(errors):
    mean, nearest, process = errors.values()
    assert process < 0.5 * nearest
    assert nearest < 0.7 * mean


def test_mean_field_averages_the_fluid_alone(train):
    null = MeanField.fit(train)
    cell = (8, 10)
    fluid = train.mask[:, *cell]
    assert 0 < fluid.sum() < len(train)
    np.testing.assert_allclose(null.mean[cell], train.fields[fluid][:, *cell].mean(axis=0), rtol=1e-5)


def test_mean_field_of_one_flow_is_that_flow(train):
    one = train.take(slice(0, 1))
    np.testing.assert_array_equal(MeanField.fit(one).predict(one.inputs), one.fields)


def test_nearest_neighbour_remembers_every_training_flow(fitted, train):
    np.testing.assert_array_equal(fitted["nearest neighbour"].predict(train.inputs), train.fields)


def test_nearest_neighbour_tells_reynolds_numbers_of_one_shape_apart(train):
    flow = train.take(np.zeros(6, int))
    reynolds = np.geomspace(5, 30, 6).astype(np.float32)
    sweep = dataclasses.replace(flow, reynolds=reynolds, velocity=flow.velocity * reynolds[:, None, None, None] / 10)
    null = NearestNeighbour.fit(sweep)
    assert null.reynolds_weight > 0
    query = dataclasses.replace(sweep, reynolds=reynolds * np.float32(1.1))
    np.testing.assert_array_equal(null.predict(query.inputs), sweep.fields)


def test_nearest_neighbour_ignores_a_reynolds_number_that_does_not_matter(train):
    scattered = dataclasses.replace(train, reynolds=np.random.default_rng(0).permutation(train.reynolds) ** 4)
    assert NearestNeighbour.fit(scattered).reynolds_weight < NearestNeighbour.fit(train).reynolds_weight


def test_nearest_neighbour_needs_two_flows(train):
    with pytest.raises(InputError, match="hold 1 sample"):
        NearestNeighbour.fit(train.take(slice(0, 1)))


def test_gaussian_process_learns_a_reynolds_sweep_of_one_shape(train):
    flow = train.take(np.zeros(8, int))
    reynolds = np.geomspace(5, 30, 8).astype(np.float32)
    sweep = dataclasses.replace(flow, reynolds=reynolds, velocity=flow.velocity * np.log(reynolds)[:, None, None, None])
    known, held_out = sweep.take(np.array([0, 1, 2, 4, 5, 6, 7])), sweep.take(np.array([3]))
    predicted = PodGaussianProcess.fit(known).predict(held_out.inputs)
    assert rel_l2(predicted[..., :2], held_out.velocity, held_out.mask)[0] < 0.01


def test_gaussian_process_reproduces_its_training_flows(fitted, train):
    predicted = fitted["POD + Gaussian process"].predict(train.inputs)
    assert rel_l2(predicted[..., :2], train.velocity, train.mask).max() < 0.05


def test_gaussian_process_needs_flows_that_differ(train):
    with pytest.raises(InputError, match="do not differ"):
        PodGaussianProcess.fit(train.take(np.zeros(3, int)))
