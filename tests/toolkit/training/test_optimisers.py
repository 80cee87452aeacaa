import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from emulax.core.errors import InputError
from emulax.training import OptimiserConfig
from emulax.training.optimisers import optimiser, schedule

WEIGHTS = {"kernel": jnp.ones((2, 2), jnp.float32), "bias": jnp.ones((2,), jnp.float32)}


@pytest.mark.parametrize(
    ("step", "rate"), [(0, 0.0), (5, 0.05), (10, 0.1), (55, 0.055), (100, 0.01)], ids=lambda value: str(value)
)
def test_schedule_warms_up_and_decays_as_a_cosine(step, rate):
    config = OptimiserConfig(learning_rate=0.1, warmup=0.1, final=0.1)
    np.testing.assert_allclose(schedule(config, 100)(step), rate, atol=1e-7)


def test_without_warm_up_the_first_rate_is_the_peak():
    assert schedule(OptimiserConfig(learning_rate=0.1, warmup=0.0), 10)(0) == pytest.approx(0.1)


def test_decay_shrinks_matrices_and_leaves_biases():
    transform = optimiser(OptimiserConfig(learning_rate=0.1, warmup=0.0, weight_decay=0.5), 10)
    updates, _ = transform.update(jax.tree.map(jnp.zeros_like, WEIGHTS), transform.init(WEIGHTS), WEIGHTS)
    np.testing.assert_allclose(updates["kernel"], -0.05 * WEIGHTS["kernel"], rtol=1e-5)
    assert jnp.all(updates["bias"] == 0)


def test_a_huge_gradient_is_clipped_before_it_enters_the_moments():
    transform = optimiser(OptimiserConfig(clip=1.0), 10)
    gradient = jax.tree.map(lambda w: 1e6 * w, WEIGHTS)
    _, state = transform.update(gradient, transform.init(WEIGHTS), WEIGHTS)
    assert optax.tree.norm(optax.tree_utils.tree_get(state, "nu")) < 1e-3


def test_steps_stay_float32():
    transform = optimiser(OptimiserConfig(), 10)
    updates, state = transform.update(WEIGHTS, transform.init(WEIGHTS), WEIGHTS)
    floats = [leaf.dtype for leaf in jax.tree.leaves((updates, state)) if jnp.issubdtype(leaf.dtype, jnp.floating)]
    assert set(floats) == {jnp.dtype("float32")}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("learning_rate", 0.0),
        ("learning_rate", float("nan")),
        ("warmup", 1.0),
        ("warmup", -0.1),
        ("final", 1.5),
        ("weight_decay", -1.0),
        ("clip", 0.0),
    ],
)
def test_a_bad_setting_is_refused(field, value):
    with pytest.raises(InputError, match=f"^{field}: "):
        OptimiserConfig(**{field: value})
