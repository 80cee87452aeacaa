import jax
import jax.numpy as jnp
import numpy as np

from emulax.models.sdf_flow import mirror, random_mirror

turn = jax.jit(random_mirror)


def fields(*shape):
    return jax.random.normal(jax.random.key(0), (*shape, 3), jnp.float32)


def test_mirror_is_an_involution():
    flow = fields(2, 4, 6)
    assert jnp.array_equal(mirror(mirror(flow)), flow)


def test_mirror_reverses_y_and_turns_v_around():
    flow = fields(4, 6)
    image = mirror(flow)
    np.testing.assert_array_equal(image[0, :, 0], flow[-1, :, 0])
    np.testing.assert_array_equal(image[0, :, 1], -flow[-1, :, 1])
    np.testing.assert_array_equal(image[0, :, 2], flow[-1, :, 2])


def test_mirror_keeps_divergence():
    flow = fields(8, 8)

    def divergence(f):
        return (f[1:-1, 2:, 0] - f[1:-1, :-2, 0]) + (f[2:, 1:-1, 1] - f[:-2, 1:-1, 1])

    np.testing.assert_allclose(divergence(mirror(flow)), divergence(flow)[::-1], atol=1e-6)


def test_random_mirror_turns_whole_samples_or_leaves_them():
    sdf = jax.random.normal(jax.random.key(1), (64, 4, 6), jnp.float32)
    batch = {
        "sdf": sdf,
        "mask": sdf > 0,
        "reynolds": jnp.linspace(5, 30, 64, dtype=jnp.float32),
        "inflow": sdf[:, :, 0],
        "fields": fields(64, 4, 6),
    }
    turned = turn(batch, jax.random.key(2))
    changed = np.asarray(jnp.any(turned["sdf"] != sdf, axis=(1, 2)))
    assert 16 < changed.sum() < 48
    for index, image in enumerate(changed):
        expected_sdf = sdf[index, ::-1] if image else sdf[index]
        expected_fields = mirror(batch["fields"][index]) if image else batch["fields"][index]
        np.testing.assert_array_equal(turned["sdf"][index], expected_sdf)
        np.testing.assert_array_equal(turned["mask"][index], expected_sdf > 0)
        np.testing.assert_array_equal(turned["inflow"][index], expected_sdf[:, 0])
        np.testing.assert_array_equal(turned["fields"][index], expected_fields)
    np.testing.assert_array_equal(turned["reynolds"], batch["reynolds"])


def test_random_mirror_is_decided_by_the_key():
    batch = {"sdf": fields(16, 2, 2)[..., 0], "reynolds": jnp.ones(16, jnp.float32), "fields": fields(16, 2, 2)}
    batch |= {"mask": batch["sdf"] > 0, "inflow": batch["sdf"][:, :, 0]}
    first, again, other = (turn(batch, jax.random.key(seed))["fields"] for seed in (0, 0, 1))
    assert jnp.array_equal(first, again)
    assert not jnp.array_equal(first, other)
