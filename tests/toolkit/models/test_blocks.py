import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from emulax.models.blocks import (
    Dense,
    GlobalMixing,
    GroupNorm,
    PatchConvolution,
    PatchDeconvolution,
    ResidualBlock,
    from_nested_patches,
    to_patches,
    upsample,
    with_bfloat16_weights,
)

LAYOUT = ("NHWC", "HWIO", "NHWC")


def normal(seed, *shape):
    return jnp.asarray(np.random.default_rng(seed).standard_normal(shape), jnp.float32)


def randomise(module):
    """Replace every weight, so that nothing is hidden by zeros and ones."""
    random = np.random.default_rng(7)
    state = nnx.state(module, nnx.Param)
    nnx.update(module, jax.tree.map(lambda w: jnp.asarray(0.5 * random.standard_normal(w.shape), jnp.float32), state))
    return module


def from_patches(x, patch):
    rows = x.shape[1:-1]
    return from_nested_patches(x.reshape(len(x), math.prod(rows), math.prod(patch), -1), [rows, patch])


def test_patches_come_back_in_place():
    x = normal(0, 2, 6, 8, 3)
    assert jnp.array_equal(from_patches(to_patches(x, (3, 2)), (3, 2)), x)


def test_patches_in_space_are_those_of_the_plane_in_every_slice():
    x = normal(0, 2, 4, 6, 8, 3)
    cubes = to_patches(x, (2, 3, 2))
    assert jnp.array_equal(from_patches(cubes, (2, 3, 2)), x)
    slices = [to_patches(x[:, z], (3, 2)) for z in (2, 3)]
    assert jnp.array_equal(cubes[:, 1], jnp.concatenate(slices, axis=-1))


def test_a_patch_holds_its_own_pixels_in_reading_order():
    x = jnp.arange(4 * 4, dtype=jnp.float32).reshape(1, 4, 4, 1)
    assert to_patches(x, (2, 2))[0, 1, 0].tolist() == [8, 9, 12, 13]


def test_upsampling_repeats_every_pixel_both_ways():
    x = normal(0, 2, 3, 4, 5)
    assert jnp.array_equal(upsample(x, 2), jnp.repeat(jnp.repeat(x, 2, axis=1), 2, axis=2))


def test_patch_convolution_is_the_strided_convolution():
    layer = randomise(PatchConvolution(3, 5, (2, 4), precision="highest", rngs=nnx.Rngs(0)))
    x = normal(1, 2, 6, 8, 3)
    kernel = layer.linear.kernel[...].reshape(2, 4, 3, 5)
    expected = jax.lax.conv_general_dilated(x, kernel, (2, 4), "VALID", dimension_numbers=LAYOUT)
    np.testing.assert_allclose(layer(x), expected + layer.linear.bias[None, None, None], rtol=1e-5, atol=1e-5)


def test_patch_deconvolution_is_the_transposed_convolution():
    layer = randomise(PatchDeconvolution(3, 5, (2, 4), precision="highest", rngs=nnx.Rngs(0)))
    x = normal(1, 2, 3, 2, 3)
    kernel = layer.linear.kernel[...].reshape(3, 2, 4, 5).transpose(1, 2, 0, 3)
    # lax.conv_transpose correlates with the dilated input, which lays the kernel down reversed.
    expected = jax.lax.conv_transpose(x, kernel[::-1, ::-1], (2, 4), "VALID", dimension_numbers=LAYOUT)
    np.testing.assert_allclose(layer(x), expected + layer.bias[None, None, None], rtol=1e-5, atol=1e-5)


def test_nested_patches_are_patches_put_back_level_by_level():
    x = normal(0, 2, 6, 4, 6, 3)
    coarse = from_patches(x.reshape(2, 2, 3, -1), (2, 2)).reshape(2, 4, 6, 6, 3)
    expected = from_patches(coarse.reshape(2, 4, 6, -1), (3, 2))
    assert jnp.array_equal(from_nested_patches(x, [(2, 3), (2, 2), (3, 2)]), expected)


@pytest.mark.parametrize("use_bias", [True, False])
def test_bfloat16_weights_round_the_product_and_nothing_else(use_bias):
    layer = randomise(Dense(64, 8, use_bias=use_bias, precision="highest", rngs=nnx.Rngs(0)))
    x, kernel = normal(1, 2, 5, 64), layer.kernel[...]
    rounded = with_bfloat16_weights(layer)
    halves = (np.asarray(a.astype(jnp.bfloat16), np.float64) for a in (x, kernel))
    expected = np.matmul(*halves) + (np.asarray(layer.bias[...]) if layer.bias is not None else 0.0)
    result = rounded(x)
    assert result.dtype == jnp.float32
    np.testing.assert_allclose(result, expected, rtol=1e-5, atol=1e-4)
    assert layer.kernel[...].dtype == jnp.float32


def test_group_norm_is_the_textbook_formula():
    norm = randomise(GroupNorm(6, 2))
    x = 3 + 2 * normal(0, 2, 4, 5, 6)
    groups = np.asarray(x, np.float64).reshape(2, 20, 2, 3)
    mean, variance = (f(groups, axis=(1, 3), keepdims=True) for f in (np.mean, np.var))
    expected = ((groups - mean) / np.sqrt(variance + 1e-5)).reshape(x.shape)
    expected = expected * np.asarray(norm.scale[...]) + np.asarray(norm.bias[...])
    np.testing.assert_allclose(norm(x), expected, rtol=1e-4, atol=1e-5)


def test_global_mixing_is_its_equation():
    block = randomise(GlobalMixing(4, (2, 3), heads=2, groups=1, precision="highest", rngs=nnx.Rngs(0)))
    x = normal(1, 2, 2, 3, 4)
    source = np.asarray(block.project_in(block.norm(x))).reshape(2, 6, 4)
    response = np.zeros_like(source)
    for channel in range(4):
        matrix = np.asarray(block.green[...])[channel // 2]
        response[..., channel] = source[..., channel] @ matrix.T
    hidden = jax.nn.silu(jnp.asarray(response)).reshape(2, 2, 3, 4)
    np.testing.assert_allclose(block(x), x + block.project_out(hidden), rtol=1e-5, atol=1e-5)


def test_global_mixing_carries_every_pixel_to_every_other():
    block = randomise(GlobalMixing(4, (2, 3), heads=2, groups=1, precision="highest", rngs=nnx.Rngs(0)))
    jacobian = jax.jit(jax.jacobian(lambda x: block(x)[0]))(normal(1, 1, 2, 3, 4))[:, :, :, 0]
    assert np.all(np.abs(jacobian).max(axis=(2, 5)) > 0)


@pytest.mark.parametrize("kind", ["residual", "mixing"])
def test_a_new_block_is_the_identity(kind):
    rngs = nnx.Rngs(0)
    if kind == "residual":
        block = ResidualBlock(4, groups=2, precision="highest", rngs=rngs)
    else:
        block = GlobalMixing(4, (3, 5), heads=2, groups=2, precision="highest", rngs=rngs)
    x = normal(1, 2, 3, 5, 4)
    assert jnp.array_equal(block(x), x)


def test_residual_block_sees_two_pixels_far_and_through_its_norms_everywhere():
    block = randomise(ResidualBlock(4, groups=2, precision="highest", rngs=nnx.Rngs(0)))
    x = normal(1, 1, 9, 9, 4)
    gradient = np.abs(jax.jit(jax.grad(lambda x: jnp.sum(block(x)[0, 4, 4])))(x)[0])
    assert gradient[2:7, 2:7].min() > 0
    assert gradient[2:7, 2:7].max() > 10 * gradient[0].max()


@pytest.mark.parametrize("precision", ["default", "highest"])
def test_the_precision_asked_for_reaches_the_products(precision):
    block = ResidualBlock(4, groups=2, precision=precision, rngs=nnx.Rngs(0))
    layer = PatchDeconvolution(4, 3, (2, 2), precision=precision, rngs=nnx.Rngs(0))
    jaxpr = str(jax.make_jaxpr(lambda x: layer(block(x)))(normal(0, 1, 4, 4, 4)))
    assert ("HIGHEST" in jaxpr) == (precision == "highest")
