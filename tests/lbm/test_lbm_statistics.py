from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from emulax_lbm.outputs import FlowStatistics, Moments


def _gathered(velocity, pressure) -> FlowStatistics:
    statistics = FlowStatistics.empty(velocity[0])
    for u, p in zip(velocity, pressure, strict=True):
        statistics = statistics.add(u, p)
    return statistics


@pytest.fixture
def samples(rng):
    """Twelve samples of a velocity whose components go along with each other, and of a pressure."""
    velocity = rng.normal(size=(12, 2, 3, 4, 2))
    velocity[..., 1] += 0.5 * velocity[..., 0]
    return velocity, rng.normal(size=(12, 2, 3, 4))


def test_means_and_second_moments_are_those_of_the_samples(samples):
    velocity, pressure = samples
    found, fluctuation = _gathered(velocity, pressure), velocity - velocity.mean(axis=0)
    assert found.samples == 12
    np.testing.assert_allclose(found.mean_velocity, velocity.mean(axis=0), atol=1e-14)
    np.testing.assert_allclose(found.mean_pressure, pressure.mean(axis=0), atol=1e-14)
    stress = np.mean(fluctuation[..., :, None] * fluctuation[..., None, :], axis=0)
    np.testing.assert_allclose(found.reynolds_stress, stress, atol=1e-14)
    np.testing.assert_allclose(found.pressure_variance, pressure.var(axis=0), atol=1e-14)


def test_three_components_have_six_stresses(rng):
    velocity = rng.normal(size=(5, 2, 2, 2, 3))
    found = _gathered(velocity, velocity[..., 0]).reynolds_stress
    fluctuation = velocity - velocity.mean(axis=0)
    np.testing.assert_allclose(found, np.einsum("n...a,n...b->...ab", fluctuation, fluctuation) / 5, atol=1e-14)


@pytest.mark.parametrize("first", [0, 1, 7, 12])
def test_parts_merge_to_the_whole(samples, first):
    velocity, pressure = samples
    whole = _gathered(velocity, pressure)
    empty = FlowStatistics.empty(velocity[0])
    parts = [
        _gathered(*half) if len(half[0]) else empty
        for half in ((velocity[:first], pressure[:first]), (velocity[first:], pressure[first:]))
    ]
    merged = parts[0].merge(parts[1])
    assert merged.samples == 12
    np.testing.assert_allclose(merged.mean_velocity, whole.mean_velocity, atol=1e-14)
    np.testing.assert_allclose(merged.reynolds_stress, whole.reynolds_stress, atol=1e-14)
    np.testing.assert_allclose(merged.pressure_variance, whole.pressure_variance, atol=1e-14)


def test_nothing_has_no_moments():
    empty = Moments.empty(np.ones((3, 2)))
    assert not np.asarray(empty.covariance()).any()
    assert not np.asarray(empty.merge(empty).mean.value).any()


def test_single_precision_does_not_drift_however_many_samples():
    """A signal of one hundredth on a mean of one, a hundred thousand times: digits of the mean are not lost."""
    count = 100_000

    def sample(k):
        return 1.0 + 0.01 * jnp.sin(0.1 * k.astype(jnp.float32))[None]

    found = jax.lax.fori_loop(0, count, lambda k, now: now.add(sample(k)), Moments.empty(np.ones(1, np.float32)))
    exact = 1.0 + 0.01 * np.sin(0.1 * np.arange(count))
    assert found.mean.value.dtype == found.covariance().dtype == np.float32
    assert float(found.mean.value[0]) == pytest.approx(exact.mean(), rel=1.2e-7)
    assert float(found.covariance()[0, 0]) == pytest.approx(exact.var(), rel=2e-5)


def test_small_fluctuations_on_a_large_mean_survive():
    """The difference of the mean square and the square of the mean would be round-off."""
    values = 1e6 + np.array([-1.0, 0.0, 1.0, 0.0])
    moments = Moments.empty(np.zeros(1))
    for value in values:
        moments = moments.add(np.array([value]))
    assert float(moments.covariance()[0, 0]) == pytest.approx(0.5, rel=1e-9)
