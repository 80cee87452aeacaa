"""A chain of deconvolutions in bfloat16 computes on the matrix unit what its layers do one after the other."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from emulax.core.errors import InputError
from emulax.data import FlowInputs, Normalisation
from emulax.models.blocks import Deconvolutions, PatchDeconvolution, native, with_bfloat16_weights
from emulax.models.sdf_flow import FlowModelConfig, GuoConfig, build
from emulax.models.sdf_flow import model as flow_model


@pytest.fixture
def matrix_unit():
    """Skips where the processor has none."""
    found = native.targets()
    if found is None or found.deconvolve is None:
        pytest.skip("no unit for products in bfloat16 (AMX)")


def _chain(widths, patches):
    """A chain with weights and biases of no particular value, in bfloat16."""
    rngs = nnx.Rngs(0)
    normal = jax.nn.initializers.he_normal()
    sizes = zip(widths[:-1], widths[1:], patches, strict=True)
    layers = [PatchDeconvolution(*size, kernel_init=normal, precision="highest", rngs=rngs) for size in sizes]
    for layer in layers:
        layer.bias[...] = 0.3 * jax.random.normal(jax.random.key(1), layer.bias.shape, jnp.float32)
    return with_bfloat16_weights(Deconvolutions(layers))


def _given(*shape):
    return jax.random.normal(jax.random.key(2), shape, jnp.float32)


def _layer_by_layer(chain, x):
    for layer in chain.layers:
        x = layer.expand(jax.nn.relu(x))
    return x


# Channels and rows that fill tiles and that do not, one row and more than one block of them, two layers and four, in
# the plane and in space.
@pytest.mark.native
@pytest.mark.usefixtures("matrix_unit")
@pytest.mark.parametrize(
    ("batch", "widths", "patches"),
    [
        (20, (64, 64, 32, 32, 1), [(4, 8), (2, 2), (2, 2), (2, 2)]),
        (5, (48, 40, 17, 5, 3), [(2, 3), (3, 2), (2, 2), (2, 1)]),
        (1, (64, 32, 1), [(2, 2), (2, 2)]),
        (3, (33, 70, 1), [(20, 20), (1, 3)]),
        (2, (32, 32, 2), [(2, 2, 2), (3, 3, 3)]),
    ],
)
def test_values_and_gradients_are_those_of_the_layers(batch, widths, patches):
    chain, x = _chain(widths, patches), _given(batch, widths[0])
    assert "EmulaxDeconvolve" in str(jax.make_jaxpr(chain)(x))
    expected, pull_layers = jax.vjp(lambda x: _layer_by_layer(chain, x), x)
    found, pull = jax.vjp(chain, x)
    assert found.shape == expected.shape
    # Sums in another order may fall on the other side when they are rounded to bfloat16, which is 0.4 % wide.
    np.testing.assert_allclose(found, expected, rtol=0, atol=2e-3 * float(jnp.abs(expected).max()))
    pulled = jax.random.normal(jax.random.key(3), expected.shape, jnp.float32)
    np.testing.assert_array_equal(pull(pulled)[0], pull_layers(pulled)[0])


@pytest.mark.native
@pytest.mark.usefixtures("matrix_unit")
def test_bits_of_a_sample_do_not_depend_on_its_neighbours():
    chain, x = _chain((64, 32, 32, 1), [(4, 4), (2, 2), (2, 2)]), _given(40, 64)
    np.testing.assert_array_equal(chain(x[33:34]), chain(x)[33:34])


@pytest.mark.native
@pytest.mark.usefixtures("matrix_unit")
def test_chain_can_be_mapped():
    chain, x = _chain((32, 32, 1), [(2, 2), (2, 2)]), _given(3, 4, 32)
    np.testing.assert_array_equal(jax.vmap(chain)(x), jnp.stack([chain(part) for part in x]))


@pytest.fixture
def model():
    """Guo's network, small, its last layers not zero."""
    found = build(GuoConfig(width_scale=1 / 16), FlowModelConfig((16, 32), Normalisation((0.0,) * 3, (1.0,) * 3)))
    for decoder in found.network.decoders:
        kernel = decoder.layers[-1].linear.kernel
        kernel[...] = jax.random.normal(jax.random.key(4), kernel.shape, jnp.float32)
    return found


def _flows(count):
    sdf = np.random.default_rng(0).normal(size=(count, 16, 32)).astype(np.float32)
    return FlowInputs(sdf, sdf > 0, np.full(count, 10.0, np.float32), np.ones((count, 16), np.float32))


@pytest.mark.native
@pytest.mark.usefixtures("matrix_unit")
def test_model_with_a_chain_takes_many_flows_together(model, monkeypatch):
    together, compiled = [], flow_model._compiled

    def watched(graph, weights, sdf, *rest):
        together.append(sdf.shape[:2])
        return compiled(graph, weights, sdf, *rest)

    monkeypatch.setattr(flow_model, "_compiled", watched)
    for predictor in (with_bfloat16_weights(model), model):
        predictor.predict(_flows(50))
    assert together == [(1, 50), (3, 17)]


@pytest.mark.native
@pytest.mark.usefixtures("matrix_unit")
def test_model_with_a_chain_predicts_what_float32_weights_do(model):
    expected = model.predict(_flows(50))
    atol = 0.02 * float(np.abs(expected).max())
    np.testing.assert_allclose(with_bfloat16_weights(model).predict(_flows(50)), expected, atol=atol)


def test_without_a_compiler_the_layers_are_xlas(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("CXX", "no-such-compiler")
    native.targets.cache_clear()
    try:
        chain, x = _chain((32, 32, 1), [(2, 2), (2, 2)]), _given(3, 32)
        assert "ffi_call" not in str(jax.make_jaxpr(chain)(x))
        np.testing.assert_array_equal(chain(x), _layer_by_layer(chain, x))
    finally:
        native.targets.cache_clear()


def test_weights_in_float32_stay_where_they_are():
    rngs = nnx.Rngs(0)
    layers = [PatchDeconvolution(8, 8, (2, 2), precision="highest", rngs=rngs) for _ in range(2)]
    chain, x = Deconvolutions(layers), _given(2, 8)
    assert {values.dtype for values in jax.tree.leaves(nnx.state(chain))} == {jnp.dtype("float32")}
    np.testing.assert_array_equal(chain(x), _layer_by_layer(chain, x))


def test_one_layer_is_no_chain():
    with pytest.raises(InputError, match=r"^layers: are 1, must be at least 2"):
        _chain((8, 1), [(2, 2)])
