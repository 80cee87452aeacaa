"""A small regression problem, and a model with all that a loop must keep: weights, batch statistics, random streams."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx


class Perceptron(nnx.Module):
    """Two layers with optional batch normalisation and dropout."""

    def __init__(self, seed=0, *, width=8, noisy=False):
        rngs = nnx.Rngs(seed)
        self.layer1 = nnx.Linear(2, width, param_dtype=jnp.float32, rngs=rngs)
        self.norm = nnx.BatchNorm(width, param_dtype=jnp.float32, rngs=rngs) if noisy else None
        self.dropout = nnx.Dropout(0.2, rngs=rngs) if noisy else None
        self.layer2 = nnx.Linear(width, 1, param_dtype=jnp.float32, rngs=rngs)

    def __call__(self, x):
        x = jnp.tanh(self.layer1(x))
        if self.norm is not None and self.dropout is not None:
            x = self.dropout(self.norm(x))
        return self.layer2(x)


@pytest.fixture(scope="module", autouse=True)
def compilation_cache(tmp_path_factory):
    """Compile each program once: every training makes its steps anew."""
    settings = {
        "jax_compilation_cache_dir": str(tmp_path_factory.getbasetemp() / "compiled"),
        "jax_persistent_cache_min_compile_time_secs": 0.0,
        "jax_persistent_cache_min_entry_size_bytes": -1,
    }
    before = {name: getattr(jax.config, name) for name in settings}
    for name, value in settings.items():
        jax.config.update(name, value)
    yield {name.upper(): str(value) for name, value in settings.items()}
    for name, value in before.items():
        jax.config.update(name, value)


@pytest.fixture
def perceptron():
    return Perceptron


@pytest.fixture
def loss():
    return lambda model, batch: jnp.mean(jnp.square(model(batch["x"]) - batch["y"]), axis=1)


def samples(count, seed):
    x = np.random.default_rng(seed).uniform(-1, 1, (count, 2)).astype(np.float32)
    return {"x": x, "y": np.sin(3 * x[:, :1]) * x[:, 1:]}


@pytest.fixture
def train():
    return samples(20, 0)


@pytest.fixture
def validation():
    return samples(7, 1)
