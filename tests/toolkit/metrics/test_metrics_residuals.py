import jax
import jax.numpy as jnp
import numpy as np
import pytest

from emulax.metrics import divergence, no_slip

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


def test_expansion_in_three_dimensions_has_its_exact_divergence():
    z, y, x = np.indices((5, 6, 7)) / CELLS_PER_LENGTH
    velocity = np.stack([2 * x, -y, 0.5 * z], axis=-1)[None].astype(np.float32)
    found = divergence(velocity, np.ones((1, 5, 6, 7), bool), cells_per_length=CELLS_PER_LENGTH)
    np.testing.assert_allclose(found, 1.5, rtol=1e-5)


@pytest.fixture(params=[2, 3])
def inclined(request):
    """Fluid on one side of an inclined wall: SDF and mask of two samples."""
    dimensions = request.param
    normal = np.array([-0.6, 0.8, 0.0])[:dimensions]
    centres = np.stack(np.indices((9,) * dimensions)[::-1], axis=-1) / CELLS_PER_LENGTH
    sdf = np.stack([centres @ normal - offset for offset in (0.1, 0.13)]).astype(np.float32)
    return sdf, sdf > 0


def test_parabola_is_carried_to_the_wall(inclined):
    """The two samples slip by 0.3 and by nothing; linear interpolation costs the parabola a little."""
    sdf, mask = inclined
    slip = np.array([0.3, 0.0], np.float32).reshape(2, *[1] * (sdf.ndim - 1))
    velocity = np.zeros((*sdf.shape, sdf.ndim - 1), np.float32)
    velocity[..., 0] = np.where(mask, slip + 2 * sdf - sdf**2, np.nan)
    found = no_slip(velocity, mask, sdf=sdf, cells_per_length=CELLS_PER_LENGTH)
    np.testing.assert_allclose(found, [0.3, 0.0], atol=0.02)


def test_open_flow_slips_nowhere():
    velocity = _velocity(1 + X, Y)
    sdf = np.full(FLUID.shape, 9.0, np.float32)
    assert no_slip(velocity, FLUID, sdf=sdf, cells_per_length=CELLS_PER_LENGTH).tolist() == [0.0]


def _residuals(velocity, fluid, sdf):
    return (
        divergence(velocity, fluid, cells_per_length=CELLS_PER_LENGTH),
        no_slip(velocity, fluid, sdf=sdf, cells_per_length=CELLS_PER_LENGTH),
    )


def test_single_precision_stays_in_numpy_and_in_jax():
    arrays = _velocity(X, Y), FLUID, (X - 0.2)[None].astype(np.float32)
    on_host, on_device = _residuals(*arrays), jax.jit(_residuals)(*map(jnp.asarray, arrays))
    for expected, found in zip(on_host, on_device, strict=True):
        assert isinstance(expected, np.ndarray)
        assert isinstance(found, jnp.ndarray)
        assert expected.dtype == found.dtype == np.float32
        np.testing.assert_allclose(found, expected, rtol=1e-5)
