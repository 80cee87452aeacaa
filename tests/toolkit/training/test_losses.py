import jax
import jax.numpy as jnp
import numpy as np
import pytest

from emulax.core.errors import InputError
from emulax.metrics import cell_divergence
from emulax.training import FlowLossConfig, flow_loss

TARGET = jnp.asarray(np.random.default_rng(0).standard_normal((2, 3, 4, 3)), jnp.float32)
MASK = jnp.ones((2, 3, 4), bool).at[:, 1, 1].set(False)


FAR = jnp.full((2, 3, 4), 100.0, jnp.float32)
SCALED = TARGET * jnp.array([1.1, 1.1, 1.5], jnp.float32)[None, None, None]


def relative_l2(predicted, target):
    """The loss of the velocity alone."""
    return flow_loss(FlowLossConfig(pressure_weight=0.0), predicted, target, FAR, MASK)


def test_relative_l2_of_a_scaled_field_is_the_scale():
    np.testing.assert_allclose(relative_l2(1.25 * TARGET, TARGET), [0.25, 0.25], rtol=1e-5)


def test_relative_l2_does_not_look_into_solid():
    hidden = TARGET.at[:, 1, 1].set(jnp.nan)
    np.testing.assert_allclose(relative_l2(1.25 * hidden, TARGET), [0.25, 0.25], rtol=1e-5)


def test_relative_l2_has_a_zero_gradient_at_the_target():
    gradient = jax.grad(lambda p: jnp.sum(relative_l2(p, TARGET)))(TARGET)
    assert jnp.all(gradient == 0)


def test_relative_l2_pulls_samples_equally():
    predicted = TARGET.at[0].multiply(1.5).at[1].multiply(1.001)
    gradient = jax.grad(lambda p: jnp.sum(relative_l2(p, TARGET)))(predicted)
    size = jnp.sqrt(jnp.sum(jnp.square(TARGET[..., :-1] * MASK[..., None]), axis=(1, 2, 3)))
    np.testing.assert_allclose(jnp.sqrt(jnp.sum(gradient**2, axis=(1, 2, 3))) * size, [1, 1], rtol=1e-3)


def test_flow_loss_adds_velocity_and_weighted_pressure():
    loss = flow_loss(FlowLossConfig(pressure_weight=0.2), SCALED, TARGET, FAR, MASK)
    np.testing.assert_allclose(loss, [0.1 + 0.2 * 0.5] * 2, rtol=1e-4)


def test_wall_weight_multiplies_the_squared_error_at_the_wall():
    config = FlowLossConfig(pressure_weight=0.0, wall_weight=3.0)
    at_wall, far = (flow_loss(config, SCALED, TARGET, sdf, MASK) for sdf in (jnp.zeros_like(FAR), FAR))
    np.testing.assert_allclose(at_wall, 2 * far, rtol=1e-5)


def test_mean_squared_flow_loss_is_a_mean_over_fluid_cells():
    config = FlowLossConfig("mean_squared", pressure_weight=0.5)
    moved = TARGET + jnp.array([3.0, 4.0, 2.0], jnp.float32)[None, None, None]
    np.testing.assert_allclose(flow_loss(config, moved, TARGET, FAR, MASK), [25 + 0.5 * 4] * 2, rtol=1e-4)


def test_divergence_weight_adds_the_relative_size_of_the_divergence():
    y, x = jnp.meshgrid(jnp.arange(6, dtype=jnp.float32), jnp.arange(7, dtype=jnp.float32), indexing="ij")
    flow = jnp.stack([2 * x, 3 * y, 0 * x], axis=-1)[None]
    fluid = jnp.ones((1, 6, 7), bool)
    config = FlowLossConfig(pressure_weight=0.0, divergence_weight=0.5)
    size = jnp.sqrt(jnp.sum(flow**2))
    loss = flow_loss(config, flow, flow, jnp.ones_like(flow[..., 0]), fluid)
    np.testing.assert_allclose(loss, [0.5 * 5 * (4 * 5) ** 0.5 / size], rtol=1e-5)


def test_cell_divergence_of_a_field_in_space_is_the_sum_of_its_slopes():
    z, y, x = jnp.meshgrid(*(jnp.arange(n, dtype=jnp.float32) for n in (4, 5, 6)), indexing="ij")
    velocity = jnp.stack([2 * x, 3 * y + x, 5 * z], axis=-1)[None]
    inner = cell_divergence(velocity, jnp.ones((1, 4, 5, 6), bool))[0][:, 1:-1, 1:-1, 1:-1]
    np.testing.assert_array_equal(inner, jnp.full((1, 2, 3, 4), 10.0))


def test_cell_divergence_never_looks_into_solid():
    fluid = jnp.ones((1, 5, 7), bool).at[0, 2, 2].set(False)
    wild = jnp.zeros((1, 5, 7, 2), jnp.float32).at[0, 2, 2].set(jnp.nan)
    np.testing.assert_array_equal(cell_divergence(wild, fluid)[0], jnp.zeros((1, 5, 7)))


@pytest.mark.parametrize(
    ("field", "value"), [("wall_weight", -1.0), ("wall_width", 0.0), ("pressure_weight", float("nan"))]
)
def test_a_bad_loss_is_refused(field, value):
    with pytest.raises(InputError, match=f"^{field}"):
        FlowLossConfig(**{field: value})


def test_losses_stay_float32():
    config = FlowLossConfig(wall_weight=1.0, divergence_weight=1.0)
    assert flow_loss(config, TARGET, 2 * TARGET, FAR, MASK).dtype == jnp.float32
