"""A convolution whose gradient is taken a few samples at a time."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from emulax.models.blocks import convolution
from emulax.models.blocks.convolution import Convolution


@pytest.mark.parametrize("pixels", [1, 2 * 5 * 6, 10**6], ids=["one sample", "two samples", "all"])
def test_gradients_are_those_of_the_plain_convolution(monkeypatch, pixels):
    monkeypatch.setattr(convolution, "_PIXELS", pixels)
    layer = Convolution(3, 4, kernel_init=jax.nn.initializers.normal(1.0), precision="highest", rngs=nnx.Rngs(0))
    x, weight = (jax.random.normal(jax.random.key(k), (3, 5, 6, c), jnp.float32) for k, c in ((1, 3), (2, 4)))
    kernel = layer.kernel[...]

    def plain(x, kernel):
        out = jax.lax.conv_general_dilated(x, kernel, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC"))
        return jnp.sum(weight * out)

    def ours(x, kernel):
        return jnp.sum(weight * convolution._convolve(x, kernel, "highest"))

    np.testing.assert_allclose(ours(x, kernel), plain(x, kernel), rtol=1e-5)
    for found, expected in zip(jax.grad(ours, (0, 1))(x, kernel), jax.grad(plain, (0, 1))(x, kernel), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(layer(x) - layer.bias[...][None, None, None], convolution._plain(x, kernel, "highest"))
