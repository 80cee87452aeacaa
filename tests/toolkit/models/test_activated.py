"""The native unit of residual networks computes what its parts do, in each of its paths."""

import logging
import os
import subprocess
import sys
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from emulax.models.blocks import Convolution, GroupNorm, ResidualBlock, native
from emulax.models.blocks.activated import activated_convolution

RELATIVE = 2e-5


def _unit(channels_in, channels_out, *, groups):
    """Layers with weights of no particular value."""
    normal = jax.nn.initializers.normal(0.2)
    norm = GroupNorm(channels_in, groups)
    convolution = Convolution(channels_in, channels_out, kernel_init=normal, precision="highest", rngs=nnx.Rngs(0))
    keys = iter(jax.random.split(jax.random.key(1), 3))
    for weights in (norm.scale, norm.bias, convolution.bias):
        weights[...] = jax.random.normal(next(keys), weights.shape, jnp.float32)
    return norm, convolution


def _image(*shape, seed=0):
    return 2.0 * jax.random.normal(jax.random.key(seed), shape, jnp.float32) + 1.0


def _assert_close(found, expected):
    for one, other in zip(jax.tree.leaves(found), jax.tree.leaves(expected), strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=RELATIVE * float(jnp.abs(other).max()))


# Channels that take every number of vectors at once, pixels that fill blocks, leave some over, or are fewer; a sample
# so large that threads share it.
@pytest.mark.native
@pytest.mark.parametrize(
    ("shape", "channels_out", "groups", "adds"),
    [
        ((3, 4, 26, 16), 16, 2, True),
        ((2, 5, 13, 32), 32, 4, False),
        ((9, 3, 9, 48), 80, 6, True),
        ((1, 60, 50, 64), 64, 8, False),
        ((2, 1, 3, 96), 112, 1, True),
        ((1, 5, 1, 16), 48, 2, False),
    ],
)
def test_values_and_gradients_are_those_of_the_parts(shape, channels_out, groups, adds):
    norm, convolution = _unit(shape[-1], channels_out, groups=groups)
    graph, weights = nnx.split((norm, convolution))
    x, add = _image(*shape), _image(*shape[:3], channels_out, seed=1) if adds else None
    pull = _image(*shape[:3], channels_out, seed=2)

    def of_parts(weights, x, add):
        norm, convolution = nnx.merge(graph, weights)
        out = convolution(jax.nn.silu(norm(x)))
        return out if add is None else add + out

    def native_unit(weights, x, add):
        return activated_convolution(x, *nnx.merge(graph, weights), add=add)

    assert "EmulaxForward" in str(jax.make_jaxpr(native_unit)(weights, x, add))
    expected, pull_parts = jax.vjp(of_parts, weights, x, add)
    found, pull_native = jax.vjp(native_unit, weights, x, add)
    _assert_close(found, expected)
    _assert_close(pull_native(pull), pull_parts(pull))


@pytest.mark.native
def test_large_activations_overflow_nowhere():
    norm, convolution = _unit(16, 16, groups=1)
    norm.scale[...] = jnp.full(16, 300.0, jnp.float32)
    x = _image(1, 4, 4, 16)
    expected = convolution(jax.nn.silu(norm(x)))
    _assert_close(activated_convolution(x, norm, convolution), expected)
    assert bool(jnp.all(jnp.isfinite(jax.grad(lambda x: jnp.sum(activated_convolution(x, norm, convolution)))(x))))


@pytest.mark.native
def test_bits_of_a_sample_do_not_depend_on_its_neighbours():
    norm, convolution = _unit(32, 32, groups=4)
    x = _image(5, 6, 7, 32)
    together = activated_convolution(x, norm, convolution)
    np.testing.assert_array_equal(activated_convolution(x[3:4], norm, convolution), together[3:4])


_GRADIENTS = """
import os, sys
os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: int(sys.argv[1])])
import jax, jax.numpy as jnp
from flax import nnx
from emulax.models.blocks import ResidualBlock
block = ResidualBlock(16, groups=2, precision="highest", rngs=nnx.Rngs(0))
block.conv2.kernel[...] = 0.1 * jax.random.normal(jax.random.key(0), (3, 3, 16, 16), jnp.float32)
x = jax.random.normal(jax.random.key(1), (13, 20, 20, 16), jnp.float32)
gradients = nnx.grad(lambda block, x: jnp.sum(block(x) ** 2), argnums=(0, 1))(block, x)
for values in jax.tree.leaves(gradients):
    print(values.tobytes().hex())
"""


@pytest.mark.native
@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="one processor")
def test_bits_of_gradients_do_not_depend_on_threads():
    run = partial(subprocess.run, capture_output=True, text=True, check=True)
    alone, together = (run([sys.executable, "-c", _GRADIENTS, str(count)]).stdout for count in (1, 2))
    assert alone == together


@pytest.mark.native
def test_unit_can_be_mapped():
    norm, convolution = _unit(16, 16, groups=2)
    x = _image(2, 3, 4, 5, 16)
    mapped = jax.vmap(lambda x: activated_convolution(x, norm, convolution))(x)
    _assert_close(mapped, jnp.stack([activated_convolution(part, norm, convolution) for part in x]))


@pytest.mark.parametrize(
    ("channels", "dtype"), [(24, jnp.float32), (16, jnp.bfloat16), (1040, jnp.float32)], ids=["24", "bfloat16", "1040"]
)
def test_what_the_native_unit_cannot_do_is_left_to_xla(channels, dtype):
    norm, convolution = _unit(channels, channels, groups=1)
    x = _image(1, 2, 2, channels).astype(dtype)
    program = jax.make_jaxpr(lambda x: activated_convolution(x, norm, convolution))(x)
    assert "ffi_call" not in str(program)


def test_without_a_compiler_the_parts_take_over_and_say_so(monkeypatch, caplog, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("CXX", "no-such-compiler")
    native.targets.cache_clear()
    try:
        block = ResidualBlock(16, groups=2, precision="highest", rngs=nnx.Rngs(0))
        with caplog.at_level(logging.WARNING, "emulax"):
            x = _image(1, 4, 4, 16)
            np.testing.assert_array_equal(block(x), x)
            block(x)
    finally:
        native.targets.cache_clear()
    (record,) = caplog.records
    assert record.getMessage().startswith("layers are XLA's, which are slower: there is no C++ compiler")


def test_block_is_two_units_and_a_sum():
    block = ResidualBlock(16, groups=2, precision="highest", rngs=nnx.Rngs(0))
    block.conv2.kernel[...] = _image(3, 3, 16, 16)
    x = _image(2, 4, 6, 16)
    hidden = activated_convolution(x, block.norm1, block.conv1)
    _assert_close(block(x), x + activated_convolution(hidden, block.norm2, block.conv2))
