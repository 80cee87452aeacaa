import json
from dataclasses import replace

import numpy as np
import pytest

from emulax.core.errors import InputError
from emulax.datagen import solve_flows
from emulax.datagen.solve import inputs_of, sample_sdf
from emulax.geometry import PrimitiveSampler, place
from emulax_lbm import FlowCase, SteadyOptions, simulate_steady

GRID, CELLS = (32, 64), 8
QUICK = SteadyOptions(tolerance=2e-3, force_tolerance=0.01, max_time=20.0, batch=2, coarse_start=False)


@pytest.fixture(scope="module")
def shapes():
    sampler = PrimitiveSampler(kinds=("circle",))
    return [sampler.sample(5, index) for index in range(2)]


@pytest.fixture(scope="module")
def flows(shapes):
    return solve_flows(shapes, [8.0, 12.0], grid=GRID, cells_per_length=CELLS, options=QUICK, names=["a", "b"])


def test_distance_is_sampled_at_the_cell_centres(shapes):
    shape = shapes[0]
    left, bottom, right, top = shape.bounds
    y, x = (np.indices(GRID) + 0.5) / CELLS
    exact = np.hypot(x - 0.5 * (left + right), y - 0.5 * (bottom + top)) - 0.5 * shape.height
    sdf = sample_sdf(shape, GRID, CELLS)
    np.testing.assert_allclose(sdf, exact, atol=1e-5)
    assert sdf.dtype == np.float32


def test_mask_is_true_in_fluid(shapes):
    inputs = inputs_of(shapes, [8.0, 12.0], GRID, CELLS)
    np.testing.assert_array_equal(inputs.mask, inputs.sdf > 0.0)
    assert inputs.mask.all(axis=(1, 2)).tolist() == [False, False]


def test_flows_are_those_of_the_solver(shapes, flows):
    cases = [FlowCase(sample_sdf(s, GRID, CELLS), re, CELLS) for s, re in zip(shapes, (8.0, 12.0), strict=True)]
    for i, expected in enumerate(simulate_steady(cases, QUICK)):
        np.testing.assert_array_equal(flows.velocity[i], expected.velocity)
        np.testing.assert_array_equal(flows.pressure[i], expected.pressure)
        assert flows.drag_coefficient[i] == np.float32(expected.drag_coefficient)
        assert flows.lift_coefficient[i] == np.float32(expected.lift_coefficient)
        assert flows.certificate.steps[i] == expected.certificate.steps
        assert flows.certificate.residual[i] == np.float32(expected.certificate.residual)
        assert flows.certificate.accepted[i] == expected.certificate.accepted
        assert flows.certificate.reason[i] == expected.certificate.reason


def test_estimated_errors_are_stored_where_they_are_asked_for(shapes, flows):
    assert np.isnan(flows.certificate.velocity_error).all()
    assert np.isnan(flows.certificate.drag_error).all()
    options = replace(QUICK, coarse_start=True, grid_pair=True)
    pair = solve_flows(shapes[:1], [8.0], grid=GRID, cells_per_length=CELLS, options=options)
    (expected,) = simulate_steady([FlowCase(sample_sdf(shapes[0], GRID, CELLS), 8.0, CELLS)], options)
    assert pair.certificate.velocity_error[0] == np.float32(expected.certificate.velocity_error)
    assert pair.certificate.drag_error[0] == np.float32(expected.certificate.drag_error)
    assert pair.certificate.velocity_error.dtype == np.float32


def test_rows_describe_their_shapes(shapes, flows):
    assert flows.sample_id.tolist() == ["a", "b"]
    assert flows.geometry_id.tolist() == [shape.identifier for shape in shapes]
    assert flows.reynolds.tolist() == [8.0, 12.0]
    assert flows.cells_per_length == CELLS
    for shape, height, text in zip(shapes, flows.height, flows.geometry, strict=True):
        assert height == np.float32(shape.height)
        described = json.loads(str(text))
        assert described["name"] == "circle"
        assert described["x"] == pytest.approx((shape.bounds[0], shape.bounds[2]), abs=1e-6)
        assert described["y"] == pytest.approx((shape.bounds[1], shape.bounds[3]), abs=1e-6)


def test_flows_are_single_precision(flows):
    arrays = (flows.sdf, flows.velocity, flows.pressure, flows.drag_coefficient, flows.certificate.residual)
    assert {array.dtype for array in arrays} == {np.dtype(np.float32)}


def test_each_flow_is_reported_as_it_is_done(shapes):
    seen = []
    solve_flows(
        shapes,
        [8.0, 12.0],
        grid=GRID,
        cells_per_length=CELLS,
        options=QUICK,
        on_finished=lambda index, flow: seen.append((index, flow.certificate.steps)),
    )
    assert sorted(index for index, _ in seen) == [0, 1]
    assert all(steps for _, steps in seen)


def test_too_high_reynolds_number_is_bad_input(shapes):
    with pytest.raises(InputError, match=r"^reynolds: 200 is too high"):
        solve_flows(shapes, [8.0, 200.0], grid=GRID, cells_per_length=CELLS)


def test_shape_too_near_an_edge_is_bad_input(shapes):
    with pytest.raises(InputError, match=r"^sdf: is solid within 2 cells of the left edge"):
        solve_flows([place(shapes[0], (-1.5, 0.0))], [8.0], grid=GRID, cells_per_length=CELLS)


def test_shape_that_no_cell_sees_is_bad_input(shapes):
    away = place(shapes[0], (20.0, 0.0))
    with pytest.raises(InputError, match=r"^circle: .*enlarge it"):
        solve_flows([away], [8.0], grid=GRID, cells_per_length=CELLS)
