import jax.numpy as jnp
import numpy as np
import pytest

from emulax.models.sdf_flow import encode

SDF = jnp.array([[[-0.5, 0.25], [1.0, 2.0]]] * 3, jnp.float32)
MASK = SDF > 0
RANGE = (5.0, 30.0)
REYNOLDS = jnp.array([5.0, 150.0**0.5, 30.0], jnp.float32)
INFLOW = jnp.array([[1.0, 1.0], [0.5, 1.5], [1.0, 1.0]], jnp.float32)


@pytest.mark.parametrize(
    ("inputs", "geometry"), [("sdf", [SDF]), ("mask", [MASK]), ("both", [SDF, MASK])], ids=["sdf", "mask", "both"]
)
def test_geometry_channels_by_option(inputs, geometry):
    encoded = encode(SDF, MASK, REYNOLDS, INFLOW, inputs=inputs, reynolds_range=RANGE)
    assert jnp.array_equal(encoded[..., :-2], jnp.stack([g.astype(jnp.float32) for g in geometry], axis=-1))


def test_log_reynolds_runs_from_minus_one_to_one_over_its_range():
    encoded = encode(SDF, MASK, REYNOLDS, INFLOW, inputs="sdf", reynolds_range=RANGE)
    np.testing.assert_allclose(encoded[:, 0, 0, -2], [-1, 0, 1], atol=1e-6)


def test_reynolds_channel_is_constant_in_space():
    encoded = encode(SDF, MASK, REYNOLDS, INFLOW, inputs="sdf", reynolds_range=RANGE)
    assert jnp.all(encoded[..., -2] == encoded[:, :1, :1, -2])


def test_inflow_channel_is_zero_for_uniform_inflow_and_follows_the_profile_along_the_edge():
    encoded = encode(SDF, MASK, REYNOLDS, INFLOW, inputs="sdf", reynolds_range=RANGE)
    np.testing.assert_array_equal(encoded[..., -1], [[[0, 0], [0, 0]], [[-0.5, -0.5], [0.5, 0.5]], [[0, 0], [0, 0]]])


def test_encoding_stays_float32():
    assert encode(SDF, MASK, REYNOLDS, INFLOW, inputs="both", reynolds_range=RANGE).dtype == jnp.float32
