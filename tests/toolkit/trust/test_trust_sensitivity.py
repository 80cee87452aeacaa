import dataclasses

import numpy as np
import pytest

from emulax.core.errors import InputError
from emulax.metrics import rel_l2
from emulax.trust import PodGaussianProcess, sensitivity


def _free_stream(inputs):
    return np.broadcast_to(np.array([1.0, 0.0, 0.0], np.float32), (*inputs.mask.shape, 3))


class Recorder:
    """A predictor that ignores its inputs and remembers them."""

    def __init__(self):
        self.seen = []

    def __call__(self, inputs):
        self.seen.append(inputs)
        return _free_stream(inputs)


def test_predictor_blind_to_geometry_has_ratios_of_one(test):
    found = sensitivity(_free_stream, test, seed=0)
    assert (found.blank_ratio, found.shuffled_ratio) == (1.0, 1.0)


def test_predictor_that_reads_geometry_has_large_ratios(train, test):
    found = sensitivity(PodGaussianProcess.fit(train).predict, test, seed=0)
    assert found.blank_ratio > 3
    assert found.shuffled_ratio > 3


def test_error_is_the_mean_rel_l2(test):
    expected = rel_l2(_free_stream(test.inputs)[..., :2], test.velocity, test.mask).mean()
    assert sensitivity(_free_stream, test, seed=0).error == pytest.approx(expected)


def test_errors_are_taken_over_the_true_fluid(test):
    """Truth where the predictor sees fluid: wrong only in cells that the shuffled mask hides."""

    def masked_truth(inputs):
        return test.fields * inputs.mask[..., None]

    found = sensitivity(masked_truth, test, seed=0)
    assert found.error == found.blank_error == 0
    assert found.shuffled_error > 0


def test_blank_geometry_is_open_flow_at_the_true_reynolds_number(test):
    recorder = Recorder()
    sensitivity(recorder, test, seed=0)
    blank = recorder.seen[1]
    assert blank.mask.all()
    assert np.unique(blank.sdf) == [test.sdf.max()]
    np.testing.assert_array_equal(blank.reynolds, test.reynolds)


def test_every_sample_gets_another_geometry(test):
    """Pairs of samples share a shape, and none may get its own back from its twin."""
    twins = test.take(np.repeat(np.arange(len(test)), 2))
    for seed in range(5):
        recorder = Recorder()
        sensitivity(recorder, twins, seed=seed)
        shuffled = recorder.seen[2]
        assert not (shuffled.sdf == twins.sdf).all(axis=(1, 2)).any()
        np.testing.assert_array_equal(shuffled.mask, shuffled.sdf > 0)


def test_shuffle_follows_its_seed(test):
    def shuffled(seed):
        recorder = Recorder()
        sensitivity(recorder, test, seed=seed)
        return recorder.seen[2].sdf

    np.testing.assert_array_equal(shuffled(3), shuffled(3))
    assert not np.array_equal(shuffled(3), shuffled(4))


def test_one_geometry_cannot_be_shuffled(test):
    same = dataclasses.replace(test, geometry_id=np.array(["circle"] * len(test)))
    with pytest.raises(InputError, match="needs at least 2"):
        sensitivity(_free_stream, same, seed=0)
