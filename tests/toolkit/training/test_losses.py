import jax
import jax.numpy as jnp
import numpy as np

from emulax.training import flow_relative_l2, mean_squared_error, relative_l2

TARGET = jnp.asarray(np.random.default_rng(0).standard_normal((2, 3, 4, 3)), jnp.float32)
MASK = jnp.ones((2, 3, 4), bool).at[:, 1, 1].set(False)


def test_mean_squared_error_is_a_mean_over_each_sample():
    predicted = TARGET.at[1].add(2.0)
    np.testing.assert_allclose(mean_squared_error(predicted, TARGET), [0, 4], rtol=1e-6)


def test_relative_l2_of_a_scaled_field_is_the_scale():
    np.testing.assert_allclose(relative_l2(1.25 * TARGET, TARGET, MASK), [0.25, 0.25], rtol=1e-5)


def test_relative_l2_does_not_look_into_solid():
    hidden = TARGET.at[:, 1, 1].set(jnp.nan)
    np.testing.assert_allclose(relative_l2(1.25 * hidden, TARGET, MASK), [0.25, 0.25], rtol=1e-5)


def test_relative_l2_has_a_zero_gradient_at_the_target():
    gradient = jax.grad(lambda p: jnp.sum(relative_l2(p, TARGET, MASK)))(TARGET)
    assert jnp.all(gradient == 0)


def test_relative_l2_pulls_samples_equally():
    predicted = TARGET.at[0].multiply(1.5).at[1].multiply(1.001)
    gradient = jax.grad(lambda p: jnp.sum(relative_l2(p, TARGET, MASK)))(predicted)
    size = jnp.sqrt(jnp.sum(jnp.square(TARGET * MASK[..., None]), axis=(1, 2, 3)))
    np.testing.assert_allclose(jnp.sqrt(jnp.sum(gradient**2, axis=(1, 2, 3))) * size, [1, 1], rtol=1e-3)


def test_flow_loss_adds_velocity_and_weighted_pressure():
    predicted = TARGET * jnp.array([1.1, 1.1, 1.5], jnp.float32)[None, None, None]
    loss = flow_relative_l2(predicted, TARGET, MASK, pressure_weight=0.2)
    np.testing.assert_allclose(loss, [0.1 + 0.2 * 0.5] * 2, rtol=1e-4)


def test_losses_stay_float32():
    for loss in (mean_squared_error(TARGET, 2 * TARGET), flow_relative_l2(TARGET, 2 * TARGET, MASK)):
        assert loss.dtype == jnp.float32
