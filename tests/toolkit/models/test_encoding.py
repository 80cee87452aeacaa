import jax.numpy as jnp
import numpy as np
import pytest

from emulax.models.sdf_flow import encode

SDF = jnp.array([[[-0.5, 0.25], [1.0, 2.0]]] * 3, jnp.float32)
MASK = SDF > 0
RANGE = (5.0, 30.0)
REYNOLDS = jnp.array([5.0, 150.0**0.5, 30.0], jnp.float32)


@pytest.mark.parametrize(
    ("inputs", "geometry"), [("sdf", [SDF]), ("mask", [MASK]), ("both", [SDF, MASK])], ids=["sdf", "mask", "both"]
)
def test_geometry_channels_by_option(inputs, geometry):
    encoded = encode(SDF, MASK, REYNOLDS, inputs=inputs, reynolds_range=RANGE)
    assert jnp.array_equal(encoded[..., :-1], jnp.stack([g.astype(jnp.float32) for g in geometry], axis=-1))


def test_log_reynolds_runs_from_minus_one_to_one_over_its_range():
    encoded = encode(SDF, MASK, REYNOLDS, inputs="sdf", reynolds_range=RANGE)
    np.testing.assert_allclose(encoded[:, 0, 0, -1], [-1, 0, 1], atol=1e-6)


def test_reynolds_channel_is_constant_in_space():
    encoded = encode(SDF, MASK, REYNOLDS, inputs="sdf", reynolds_range=RANGE)
    assert jnp.all(encoded[..., -1] == encoded[:, :1, :1, -1])


def test_encoding_stays_float32():
    assert encode(SDF, MASK, REYNOLDS, inputs="both", reynolds_range=RANGE).dtype == jnp.float32
