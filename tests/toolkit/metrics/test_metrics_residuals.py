import jax.numpy as jnp
import numpy as np
import pytest

from emulax.metrics import divergence

CELLS_PER_LENGTH = 8
Y, X = np.meshgrid((np.arange(6) + 0.5) / 8, (np.arange(9) + 0.5) / 8, indexing="ij")
FLUID = np.ones((1, 6, 9), bool)


def _velocity(u, v):
    return np.stack([np.broadcast_to(u, X.shape), np.broadcast_to(v, X.shape)], axis=-1)[None].astype(np.float32)


def test_linear_expansion_has_its_exact_divergence():
    velocity = _velocity(2 * X, 0.5 * Y)
    np.testing.assert_allclose(divergence(velocity, FLUID, cells_per_length=CELLS_PER_LENGTH), 2.5, rtol=1e-5)


def test_solenoidal_flow_has_none():
    velocity = _velocity(Y**2 + X, -Y)
    np.testing.assert_allclose(divergence(velocity, FLUID, cells_per_length=CELLS_PER_LENGTH), 0.0, atol=1e-5)


def test_differences_do_not_cross_walls():
    velocity = _velocity(2 * X, 0.5 * Y)
    mask = FLUID.copy()
    mask[0, 2:4, 3:5] = False
    velocity[~mask] = 1e3
    np.testing.assert_allclose(divergence(velocity, mask, cells_per_length=CELLS_PER_LENGTH), 2.5, rtol=1e-5)


@pytest.mark.parametrize("convert", [np.asarray, jnp.asarray])
def test_single_precision_stays(convert):
    found = divergence(convert(_velocity(X, Y)), convert(FLUID), cells_per_length=CELLS_PER_LENGTH)
    assert found.dtype == np.float32
    assert isinstance(found, type(convert(FLUID)))
