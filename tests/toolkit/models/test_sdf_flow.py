import json
from dataclasses import replace
from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from emulax.core.errors import InputError
from emulax.data import FlowInputs, Normalisation
from emulax.models.sdf_flow import (
    FlowModel,
    FlowModelConfig,
    FNOConfig,
    GuoConfig,
    GuoNet,
    TransolverConfig,
    UNet,
    UNetConfig,
    build,
    describe,
    mirror,
    network_config,
    rebuild,
)

NORMALISATION = Normalisation((1.0, 0.25, -0.5), (0.4, 0.1, 2.0))
GRID = (16, 32)
SMALL = {
    "fno": FNOConfig(width=8, blocks=1, modes=(2, 3), group_size=4),
    "guo2016": GuoConfig(width_scale=1 / 16),
    "transolver": TransolverConfig(width=8, blocks=1, heads=2, slices=3),
    "unet": UNetConfig(widths=(8, 16), group_size=4, mixing_heads=2),
}
NAMES = sorted(SMALL)


def shapes(module):
    return {jax.tree_util.keystr(path): leaf.shape for path, leaf in jax.tree_util.tree_leaves_with_path(module)}


def parameters(module):
    return sum(leaf.size for leaf in jax.tree.leaves(nnx.state(module, nnx.Param)))


def abstract(network, config, channels, grid):
    """The network without memory for its weights."""
    return nnx.eval_shape(lambda: network(config, channels, grid, rngs=nnx.Rngs(0)))


@cache
def small(name, seed=0, **options):
    return build(SMALL[name], FlowModelConfig(GRID, NORMALISATION, **options), seed=seed)


def inputs(count, seed=0):
    sdf = np.asarray(jax.random.normal(jax.random.key(seed), (count, *GRID), jnp.float32))
    inflow = np.linspace(0.8, 1.2, count * GRID[0], dtype=np.float32).reshape(count, GRID[0])
    return FlowInputs(sdf, sdf > -0.5, np.linspace(5, 30, count, dtype=np.float32), inflow)


@nnx.jit
def apply(model, sdf, mask, reynolds, inflow):
    return model(sdf, mask, reynolds, inflow)


def call(model, given):
    return apply(model, *map(jnp.asarray, (given.sdf, given.mask, given.reynolds, given.inflow)))


def awake(name, **options):
    """A small model whose every weight, the zero head's too, has a random value."""
    return wake(nnx.clone(small(name, **options)))


def wake(model):
    """Give every weight a random value."""
    random = np.random.default_rng(3)
    state = nnx.state(model, nnx.Param)
    nnx.update(model, jax.tree.map(lambda w: jnp.asarray(0.2 * random.standard_normal(w.shape), jnp.float32), state))
    return model


def test_guo_has_the_published_layers():
    network = abstract(GuoNet, GuoConfig(), 1, (128, 256))
    (encoder,) = network.encoders
    assert encoder.conv1.linear.kernel.shape == (16 * 16 * 1, 128)
    assert encoder.conv2.linear.kernel.shape == (4 * 4 * 128, 512)
    assert encoder.dense.kernel.shape == (4 * 2 * 512, 1024)
    assert [
        (layer.patch, layer.linear.kernel.shape[0], layer.channels_out) for layer in network.decoders[0].layers
    ] == [
        ((4, 8), 1024, 512),
        ((8, 8), 512, 256),
        ((2, 2), 256, 32),
        ((2, 2), 32, 1),
    ]


def test_guo_has_the_parameters_of_the_published_layers():
    encoder = (16 * 16 * 128 + 128) + (16 * 128 * 512 + 512) + (4096 * 1024 + 1024)
    decoder = (1024 * 32 * 512 + 512) + (512 * 64 * 256 + 256) + (256 * 4 * 32 + 32) + (32 * 4 + 1)
    assert encoder + 3 * decoder == 80_875_875
    assert parameters(abstract(GuoNet, GuoConfig(), 1, (128, 256))) == 80_875_875
    separate = GuoConfig(encoders="separate")
    assert parameters(abstract(GuoNet, separate, 1, (128, 256))) == 80_875_875 + 2 * encoder


@pytest.mark.parametrize("grid", [(64, 128), (128, 256), (16, 32), (64, 64), (8, 32)])
def test_guo_covers_its_grid(grid):
    out = jax.eval_shape(
        lambda x: GuoNet(GuoConfig(width_scale=1 / 64), 2, grid, rngs=nnx.Rngs(0))(x),
        jax.ShapeDtypeStruct((2, *grid, 2), jnp.float32),
    )
    assert (out.shape, out.dtype) == ((2, *grid, 3), jnp.float32)


def test_guo_in_space_covers_its_grid_with_cubes():
    network = abstract(GuoNet, GuoConfig(), 1, (32, 32, 32))
    (encoder,) = network.encoders
    assert encoder.conv1.linear.kernel.shape == (4**3, 128)
    assert encoder.conv2.linear.kernel.shape == (4**3 * 128, 512)
    assert encoder.dense.kernel.shape == (2**3 * 512, 1024)
    assert [layer.patch for layer in network.decoders[3].layers] == [(2,) * 3, (4,) * 3, (2,) * 3, (2,) * 3]
    out = jax.eval_shape(
        lambda x: GuoNet(GuoConfig(width_scale=1 / 64), 3, (32, 64, 32), rngs=nnx.Rngs(0))(x),
        jax.ShapeDtypeStruct((2, 32, 64, 32, 3), jnp.float32),
    )
    assert out.shape == (2, 32, 64, 32, 4)


def test_a_mirrored_body_in_space_has_the_mirrored_flow():
    grid, normalisation = (32, 32, 32), Normalisation((1.0, 0.1, -0.2, 0.3), (0.4, 0.1, 0.5, 2.0))
    frame = FlowModelConfig(grid, normalisation, mirror_equivariant=True, no_slip_width=0.5)
    model = wake(build(GuoConfig(width_scale=1 / 64), frame))
    sdf = np.asarray(jax.random.normal(jax.random.key(0), (1, *grid), jnp.float32))
    given = FlowInputs.of(sdf, np.array([20.0], np.float32))
    image = FlowInputs.of(sdf[:, :, ::-1], given.reynolds)
    expected = model.predict(given)[:, :, ::-1] * np.array([1, -1, 1, 1], np.float32)
    assert np.abs(expected[..., 2]).max() > 0.1
    np.testing.assert_allclose(model.predict(image), expected, atol=1e-5)


def test_networks_of_the_plane_refuse_flows_in_space():
    frame = FlowModelConfig((32, 32, 32), Normalisation((0.0,) * 4, (1.0,) * 4))
    with pytest.raises(InputError, match=r"^model: works in the plane"):
        build("unet", frame)


def test_guo_without_pressure_has_the_published_decoders_and_gives_its_mean():
    frame = FlowModelConfig(GRID, NORMALISATION)
    model = wake(build(GuoConfig(width_scale=1 / 16, pressure=False), frame))
    assert len(model.network.decoders) == 2
    given = inputs(2)
    fields = call(model, given)
    np.testing.assert_array_equal(fields[..., 2], np.where(given.mask, np.float32(-0.5), np.float32(0.0)))
    assert jnp.ptp(fields[..., 1]) > 0


def test_guo_width_scale_scales_every_layer():
    network = abstract(GuoNet, GuoConfig(width_scale=0.25), 2, (64, 128))
    widths = [layer.channels_out for layer in network.decoders[2].layers]
    (encoder,) = network.encoders
    assert (encoder.conv1.linear.kernel.shape[1], encoder.dense.kernel.shape[1], widths) == (32, 256, [128, 64, 8, 1])


def test_guo_components_share_the_encoder_alone():
    model, given = awake("guo2016"), inputs(1)
    before = call(model, given)
    model.network.decoders[1].layers[0].bias[...] = jnp.ones(32, jnp.float32)
    changed = jnp.any(call(model, given) != before, axis=(0, 1, 2))
    assert changed.tolist() == [False, True, False]


@pytest.mark.parametrize("grid", [(64, 128), (128, 256), (32, 32)])
def test_unet_covers_its_grid(grid):
    out = jax.eval_shape(
        lambda x: UNet(UNetConfig(widths=(8, 8, 8, 8)), 2, grid, rngs=nnx.Rngs(0))(x),
        jax.ShapeDtypeStruct((2, *grid, 2), jnp.float32),
    )
    assert (out.shape, out.dtype) == ((2, *grid, 3), jnp.float32)


def test_default_unet_is_of_the_intended_size():
    assert 2e5 < parameters(abstract(UNet, UNetConfig(), 2, (64, 128))) < 8e5


def test_unet_knows_where_it_is():
    given = FlowInputs.of(np.ones((1, *GRID), np.float32), np.ones(1, np.float32))
    assert np.asarray(call(awake("unet"), given))[0, 6:-6, 6:-6, 0].std() > 1e-3


def test_unet_corner_feels_the_far_corner():
    given, model = inputs(1), awake("unet")
    moved = given.sdf.copy()
    moved[0, -1, -1] += 1
    there, here = (call(model, replace(given, sdf=sdf, mask=given.mask | True)) for sdf in (moved, given.sdf))
    assert np.abs(there - here)[0, 0, 0].max() > 0


@pytest.mark.parametrize("blocks", [1, 2])
def test_unet_grows_by_two_convolutions_a_block(blocks):
    config = UNetConfig(widths=(8,), blocks=blocks, group_size=4, mixing_heads=0)
    kernels = [s for name, s in shapes(abstract(UNet, config, 2, GRID)).items() if len(s) == 4]
    assert kernels == [(3, 3, 8, 8)] * (2 * blocks)


@pytest.mark.parametrize("name", NAMES)
def test_solid_cells_are_exactly_zero(name):
    given = inputs(3)
    fields = call(awake(name), given)
    assert np.all(np.asarray(fields)[~given.mask] == 0)


@pytest.mark.parametrize("name", NAMES)
def test_a_new_model_predicts_the_mean_flow(name):
    given = inputs(2)
    fluid = np.asarray(call(small(name), given))[given.mask]
    np.testing.assert_allclose(fluid, np.broadcast_to(np.float32(NORMALISATION.offset), fluid.shape), atol=1e-6)


def test_fields_are_the_scaled_output_of_the_network():
    class Stub(nnx.Module):
        config = None

        def __call__(self, x):
            return jnp.stack([x[..., 0], 2 * x[..., 0], 3 * x[..., 0]], axis=-1)

    given = inputs(2)
    fields = call(FlowModel(Stub(), FlowModelConfig(GRID, NORMALISATION)), given)
    expected = NORMALISATION.denormalise(given.sdf[..., None] * np.array([1, 2, 3], np.float32))
    np.testing.assert_allclose(fields[given.mask], expected[given.mask], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("what", ["sdf", "mask", "both"])
def test_the_network_reads_what_it_is_told(what):
    given = inputs(2)
    shape = jax.eval_shape(lambda: call(small("guo2016", inputs=what), given)).shape
    assert shape == (2, *GRID, 3)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("condition", ["reynolds", "inflow"])
def test_prediction_depends_on_the_conditions(name, condition):
    given = inputs(2)
    model = awake(name)
    other = replace(given, **{condition: getattr(given, condition) * 2})
    assert np.abs(call(model, given) - call(model, other)).max() > 1e-3


@pytest.mark.parametrize("name", NAMES)
def test_a_mirrored_shape_has_the_mirrored_flow_by_construction(name):
    given = inputs(2)
    turned = FlowInputs(given.sdf[:, ::-1], given.mask[:, ::-1], given.reynolds, given.inflow[:, ::-1])
    model = FlowModel(awake(name).network, replace(awake(name).config, mirror_equivariant=True))
    np.testing.assert_allclose(call(model, turned), mirror(call(model, given)), atol=1e-5)
    assert np.abs(call(awake(name), turned) - mirror(call(awake(name), given))).max() > 1e-3


def test_the_velocity_vanishes_at_the_wall_by_construction():
    given = inputs(2)
    free = awake("unet")
    held = FlowModel(free.network, replace(free.config, no_slip_width=0.5))
    rise = np.tanh(given.sdf / 0.5)[..., None] * given.mask[..., None]
    expected = np.asarray(call(free, given)) * np.concatenate([rise, rise, np.ones_like(rise)], axis=-1)
    np.testing.assert_allclose(call(held, given), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_gradients_are_finite_and_reach_every_weight(name):
    given = inputs(2)
    graph, state = nnx.split(awake(name))
    gradient = jax.grad(lambda state: jnp.mean(call(nnx.merge(graph, state), given) ** 2))(state)
    for path, leaf in jax.tree_util.tree_leaves_with_path(gradient):
        assert np.all(np.isfinite(leaf)), path
        assert np.any(np.asarray(leaf) != 0), path


@pytest.mark.parametrize("name", NAMES)
def test_weights_and_fields_are_float32(name):
    model = small(name)
    assert {leaf.dtype for leaf in jax.tree.leaves(nnx.state(model))} == {jnp.dtype("float32")}
    assert call(model, inputs(1)).dtype == jnp.float32


@pytest.mark.parametrize("samples", [1, 35, 150])
def test_predict_gives_what_a_call_gives_for_any_number_of_samples(samples):
    model, given = awake("unet"), inputs(samples)
    predicted = model.predict(given)
    assert predicted.dtype == np.float32
    np.testing.assert_allclose(predicted, call(model, given), rtol=1e-4, atol=1e-4)


def test_no_samples_have_no_fields():
    given = inputs(1)
    assert awake("unet").predict(given.take(slice(0))).shape == (0, *given.sdf.shape[1:], 3)


@pytest.mark.parametrize("name", NAMES)
def test_the_seed_decides_the_weights(name):
    first, again, other = (jax.tree.leaves(nnx.state(small(name, seed=seed))) for seed in (0, 0, 1))
    assert all(jnp.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not all(jnp.array_equal(a, b) for a, b in zip(first, other, strict=True))


@pytest.mark.parametrize(
    ("name", "config"),
    [("unet", UNetConfig()), ("guo2016", GuoConfig()), ("fno", FNOConfig()), ("transolver", TransolverConfig())],
)
def test_names_stand_for_the_default_sizes(name, config):
    assert network_config(name) == config


@pytest.mark.parametrize("name", NAMES)
def test_a_description_survives_json(name):
    model = small(name, inputs="both", reynolds_range=(2.0, 50.0))
    twin = rebuild(json.loads(json.dumps(describe(model))))
    assert describe(twin) == describe(model)
    assert shapes(nnx.state(twin)) == shapes(nnx.state(model))


def described(**changes):
    return describe(small("unet")) | changes


@pytest.mark.parametrize(
    ("description", "message"),
    [
        (described(network="unnet"), "did you mean 'unet'"),
        (described(settings={"width": [8]}), "did you mean 'widths'"),
        (described(colour="red"), "unknown name 'colour'"),
        (described(frame=describe(small("unet"))["frame"] | {"inputs": "sfd"}), "did you mean 'sdf'"),
        ({"network": "unet"}, "frame: is missing"),
    ],
    ids=["network", "setting", "entry", "inputs", "missing"],
)
def test_a_wrong_description_is_refused(description, message):
    with pytest.raises(InputError, match=message):
        rebuild(description)


def test_an_unknown_name_is_refused_with_the_near_match():
    with pytest.raises(InputError, match="did you mean 'guo2016'"):
        build("guo", FlowModelConfig(GRID, NORMALISATION))


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("widths", {"widths": ()}),
        ("widths", {"widths": (32, 20)}),
        ("blocks", {"blocks": 0}),
        ("patch", {"patch": 0}),
        ("group_size", {"group_size": -8}),
        ("mixing_heads", {"mixing_heads": 7}),
        ("mixing_heads", {"mixing_heads": -1}),
    ],
)
def test_a_bad_unet_size_is_refused(field, values):
    with pytest.raises(InputError, match=f"^{field}: "):
        UNetConfig(**values)


@pytest.mark.parametrize(
    ("config", "field", "values"),
    [
        (FNOConfig, "width", {"width": 12}),
        (FNOConfig, "blocks", {"blocks": 0}),
        (FNOConfig, "modes", {"modes": (-1, 3)}),
        (FNOConfig, "padding", {"padding": float("nan")}),
        (TransolverConfig, "slices", {"slices": 0}),
        (TransolverConfig, "heads", {"heads": 3}),
    ],
)
def test_a_bad_size_is_refused(config, field, values):
    with pytest.raises(InputError, match=f"^{field}: "):
        config(**values)


@pytest.mark.parametrize("scale", [0.0, -1.0, float("nan"), float("inf")])
def test_a_bad_guo_size_is_refused(scale):
    with pytest.raises(InputError, match=r"^width_scale: "):
        GuoConfig(width_scale=scale)


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("grid", {"grid": (0, 32)}),
        ("reynolds_range", {"reynolds_range": (0.0, 30.0)}),
        ("reynolds_range", {"reynolds_range": (30.0, 5.0)}),
        ("reynolds_range", {"reynolds_range": (5.0, float("nan"))}),
        ("no_slip_width", {"no_slip_width": 0.0}),
        ("normalisation", {"normalisation": Normalisation((0.0, 0.0), (1.0, 1.0, 1.0))}),
        ("normalisation", {"normalisation": Normalisation((0.0, 0.0, 0.0), (1.0, 1.0))}),
        ("normalisation", {"normalisation": Normalisation((0.0, 0.0), (1.0, 1.0))}),
        ("normalisation", {"normalisation": Normalisation((0.0, 0.0, float("nan")), (1.0, 1.0, 1.0))}),
        ("normalisation", {"normalisation": Normalisation((0.0, 0.0, 0.0), (1.0, 1.0, 0.0))}),
        ("normalisation", {"normalisation": Normalisation((0.0, 0.0, 0.0), (1.0, 1.0, float("inf")))}),
    ],
)
def test_a_bad_frame_is_refused(field, values):
    with pytest.raises(InputError, match=f"^{field}: "):
        FlowModelConfig(**({"grid": GRID, "normalisation": NORMALISATION} | values))


@pytest.mark.parametrize(
    ("name", "grid"),
    [
        ("guo2016", (30, 64)),
        ("guo2016", (64, 100)),
        ("unet", (64, 100)),
        ("fno", (64, 101)),
        ("transolver", (63, 128)),
    ],
)
def test_a_grid_that_does_not_fit_is_refused(name, grid):
    with pytest.raises(InputError, match=r"^grid: "):
        build(name, FlowModelConfig(grid, NORMALISATION))
