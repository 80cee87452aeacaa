"""Known weights against known mathematics."""

import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from emulax.core.errors import InputError
from emulax.models.blocks import SpectralConvolution

ROWS, COLUMNS, MODES = 12, 15, (3, 4)


@pytest.fixture
def layer():
    return SpectralConvolution(1, 1, MODES, precision="highest", rngs=nnx.Rngs(0))


def waves(rows=ROWS, columns=COLUMNS):
    """A periodic field of the kept modes, and its derivatives along x and y in boxes."""
    y, x = np.meshgrid(np.arange(rows) / rows, np.arange(columns) / columns, indexing="ij")
    field, along, across = 0.5 + 0 * x, 0 * x, 0 * x
    for my, mx, phase in [(0, 1, 0.3), (3, 4, 1.1), (-2, 2, 0.7), (2, 0, 0.2)]:
        angle = 2 * np.pi * (my * y + mx * x) + phase
        field = field + np.cos(angle)
        along, across = along - 2 * np.pi * mx * np.sin(angle), across - 2 * np.pi * my * np.sin(angle)
    return tuple(jnp.asarray(values[None, ..., None], jnp.float32) for values in (field, along, across))


def set_weights(layer, real, imaginary):
    """One number a mode, by functions of (m_y, m_x)."""
    my, mx = np.meshgrid(np.arange(-MODES[0], MODES[0] + 1), np.arange(MODES[1] + 1), indexing="ij")
    layer.real[...] = jnp.asarray((real(my, mx) + 0.0 * my)[..., None, None], jnp.float32)
    layer.imaginary[...] = jnp.asarray((imaginary(my, mx) + 0.0 * my)[..., None, None], jnp.float32)


@pytest.mark.parametrize(("axis", "derivative"), [("x", 1), ("y", 2)])
def test_weights_i_omega_differentiate(layer, axis, derivative):
    set_weights(layer, lambda my, mx: 0.0, lambda my, mx: 2 * np.pi * (mx if axis == "x" else my))
    field, expected = waves()[0], waves()[derivative]
    assert jnp.linalg.norm(layer(field) - expected) < 1e-5 * jnp.linalg.norm(expected)


def test_unit_weights_keep_the_modes_and_drop_the_others(layer):
    set_weights(layer, lambda my, mx: 1.0, lambda my, mx: 0.0)
    field = waves()[0]
    y = np.arange(ROWS, dtype=np.float32)[None, :, None, None]
    dropped = jnp.asarray(np.cos(2 * np.pi * 5 * y / ROWS), jnp.float32)
    np.testing.assert_allclose(layer(field + dropped), field, atol=1e-5)


def test_weights_serve_every_grid(layer):
    set_weights(layer, lambda my, mx: 0.0, lambda my, mx: 2 * np.pi * mx)
    field, expected, _ = waves(16, 20)
    np.testing.assert_allclose(layer(field), expected, atol=1e-4)


def test_padding_keeps_what_leaves_from_coming_in_on_the_other_side():
    def response(padding):
        layer = SpectralConvolution(1, 1, MODES, padding=padding, precision="highest", rngs=nnx.Rngs(0))
        set_weights(layer, lambda my, mx: np.exp(-0.1 * (my**2 + mx**2)), lambda my, mx: 0.0)
        source = jnp.zeros((1, ROWS, COLUMNS, 1), jnp.float32).at[0, :, -1].set(1.0)
        out = layer(source)[0, 0, :, 0]
        return float(jnp.abs(out[0] / out[-2]))

    assert response(0.0) == pytest.approx(1.0, abs=1e-4)
    assert response(0.5) < 0.1


def test_too_many_modes_for_the_cells_are_refused(layer):
    with pytest.raises(InputError, match="modes: are 3 x 4, must be less than half of the 6 x 15 pixels"):
        layer(jnp.zeros((1, 6, COLUMNS, 1), jnp.float32))
