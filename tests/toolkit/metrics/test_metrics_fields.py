import jax.numpy as jnp
import numpy as np
import pytest

from emulax.metrics import perturbation, pointwise, pressure_rel_l2, rel_l2, wall_band

SHAPE = (2, 6, 8)


@pytest.fixture
def flow():
    """Random velocity and pressure; the SDF grows by one cell (D / 4) per row, the first two rows are solid."""
    rng = np.random.default_rng(0)
    sdf = np.broadcast_to((np.arange(6, dtype=np.float32) - 1.5)[:, None] / 4, SHAPE).copy()
    velocity = rng.normal(1.0, 0.3, (*SHAPE, 2)).astype(np.float32)
    return {"velocity": velocity, "pressure": velocity[..., 0] - 1, "mask": sdf > 0, "sdf": sdf}


def _evaluate(flow, predicted, pressure):
    velocity, mask = flow["velocity"], flow["mask"]
    return {
        "rel_l2": rel_l2(predicted, velocity, mask),
        "pointwise": pointwise(predicted, velocity, mask),
        "perturbation": perturbation(predicted, velocity, mask),
        "wall_band": wall_band(predicted, velocity, mask, sdf=flow["sdf"], cells_per_length=4),
        "pressure": pressure_rel_l2(pressure, flow["pressure"], mask),
    }


def test_truth_has_no_error(flow):
    for errors in _evaluate(flow, flow["velocity"], flow["pressure"]).values():
        np.testing.assert_array_equal(errors, np.zeros(2))


def test_solid_cells_never_count(flow):
    solid = ~flow["mask"]
    predicted, pressure = flow["velocity"].copy(), flow["pressure"].copy()
    predicted[solid], pressure[solid] = np.nan, np.nan
    for errors in _evaluate(flow, predicted, pressure).values():
        np.testing.assert_array_equal(errors, np.zeros(2))


@pytest.mark.parametrize("metric", ["rel_l2", "pointwise", "wall_band", "pressure"])
def test_ten_per_cent_too_much_everywhere_is_an_error_of_a_tenth(flow, metric):
    scaled = np.float32(1.1)
    errors = _evaluate(flow, scaled * flow["velocity"], scaled * flow["pressure"])
    np.testing.assert_allclose(errors[metric], 0.1, rtol=1e-5)


def test_samples_are_judged_one_by_one(flow):
    factor = np.array([1.5, 3.0], np.float32)[:, None, None, None]
    np.testing.assert_allclose(rel_l2(factor * flow["velocity"], flow["velocity"], flow["mask"]), [0.5, 2.0], rtol=1e-5)


def test_rel_l2_of_a_single_wrong_cell():
    true = np.zeros((1, 2, 2, 2), np.float32)
    true[..., 0] = 2.0
    predicted = true.copy()
    predicted[0, 0, 0] = (2.0, 3.0)
    np.testing.assert_allclose(rel_l2(predicted, true, np.ones((1, 2, 2), bool)), 3 / 4)


def test_pointwise_is_relative_to_each_cells_speed():
    true = np.array([[[[1.0, 0.0], [0.0, 0.5]]]], np.float32)
    predicted = true + np.array([[[[0.1, 0.0], [0.0, 0.1]]]], np.float32)
    np.testing.assert_allclose(pointwise(predicted, true, np.ones((1, 1, 2), bool)), (0.1 + 0.2) / 2, rtol=1e-6)


def test_pointwise_floors_the_speed_at_a_hundredth():
    true = np.zeros((1, 1, 1, 2), np.float32)
    predicted = np.full((1, 1, 1, 2), 0.005, np.float32)
    np.testing.assert_allclose(pointwise(predicted, true, np.ones((1, 1, 1), bool)), np.sqrt(0.5), rtol=1e-6)


def test_free_stream_has_perturbation_error_one(flow):
    free_stream = np.broadcast_to(np.array([1.0, 0.0], np.float32), flow["velocity"].shape)
    np.testing.assert_allclose(perturbation(free_stream, flow["velocity"], flow["mask"]), 1.0, rtol=1e-6)


def test_sheared_inflow_is_no_perturbation_of_itself(flow):
    profile = flow["velocity"][..., 0, 0]
    stream = np.stack(np.broadcast_arrays(profile[..., None], np.float32(0.0) * flow["sdf"]), axis=-1)
    true = stream + np.float32(0.25)
    np.testing.assert_allclose(perturbation(stream, true, flow["mask"], inflow=profile), 1.0, rtol=1e-5)


def test_errors_in_three_dimensions_sum_over_all_cells(flow):
    """The same flow in every layer has the errors of one layer."""
    velocity, mask = flow["velocity"], flow["mask"]
    flat = pointwise(velocity * np.float32(1.2), velocity, mask)
    layers = np.stack([np.pad(velocity, [(0, 0)] * 3 + [(0, 1)])] * 3, axis=1)
    found = pointwise(layers * np.float32(1.2), layers, np.stack([mask] * 3, axis=1))
    np.testing.assert_allclose(found, flat, rtol=1e-5)


def test_wall_band_ends_three_cells_from_the_wall(flow):
    inside, outside = flow["velocity"].copy(), flow["velocity"].copy()
    inside[:, 4] = 0.0  # 2.5 cells from the wall
    outside[:, 5] = 0.0  # 3.5 cells
    arguments = {"sdf": flow["sdf"], "cells_per_length": 4}
    assert np.all(wall_band(inside, flow["velocity"], flow["mask"], **arguments) > 0.1)
    np.testing.assert_array_equal(wall_band(outside, flow["velocity"], flow["mask"], **arguments), np.zeros(2))


def test_jax_arrays_give_jax_arrays_of_the_same_value(flow):
    scaled = np.float32(1.2)
    on_host = _evaluate(flow, scaled * flow["velocity"], scaled * flow["pressure"])
    as_jax = {name: jnp.asarray(array) for name, array in flow.items()}
    on_device = _evaluate(as_jax, scaled * as_jax["velocity"], scaled * as_jax["pressure"])
    for name, errors in on_device.items():
        assert isinstance(errors, jnp.ndarray)
        np.testing.assert_allclose(errors, on_host[name], rtol=1e-5)


@pytest.mark.parametrize("convert", [np.asarray, jnp.asarray])
def test_single_precision_stays(flow, convert):
    converted = {name: convert(array) for name, array in flow.items()}
    for errors in _evaluate(converted, converted["velocity"], converted["pressure"]).values():
        assert errors.dtype == np.float32
