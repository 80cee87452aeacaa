from __future__ import annotations

import numpy as np
import pytest

from emulax_lbm import CaseError, Run, open_box
from emulax_lbm.outputs import Probes, record
from emulax_lbm.problems import ball

CELLS = 10


def _quadratic(point):
    """A polynomial of the second degree of the components x, y[, z] on the last axis."""
    x, y, z = (*np.moveaxis(point, -1, 0), 0.0)[:3]
    return 1.0 + 2.0 * x - y + 0.5 * z + x * x - 3.0 * x * y + y * y * 0.7 - x * z


def _centres(shape):
    return np.stack((np.indices(shape)[::-1] + 0.5) / CELLS, axis=-1)


def test_linear_field_comes_back_between_cells_and_at_the_edges_of_the_box(rng):
    shape = (6, 7, 8)
    points = np.concatenate(
        [rng.uniform((0.0, 0.0, 0.0), (0.8, 0.7, 0.6), (20, 3)), [[0.0, 0.0, 0.0], [0.8, 0.7, 0.6]]]
    )
    probes = Probes(open_box(shape), points, cells_per_length=CELLS)
    slope = np.array([2.0, -1.0, 3.0])
    np.testing.assert_allclose(probes.scalar(1.0 + _centres(shape) @ slope), 1.0 + points @ slope, rtol=1e-13)


def test_cell_centre_is_the_cell_itself(rng):
    field = rng.normal(size=(4, 5))
    probes = Probes(open_box((4, 5)), [(0.25, 0.15)], cells_per_length=CELLS)
    assert float(probes.scalar(field)[0]) == field[1, 2]


@pytest.mark.parametrize("shape", [(20, 20), (20, 20, 20)], ids=["circle", "sphere"])
def test_beside_a_wall_a_quadratic_field_comes_back_and_the_solid_is_not_read(shape):
    dimensions = len(shape)
    sdf = ball(shape, (1.0,) * dimensions, CELLS)
    angle = np.linspace(0.1, 3.0, 7)
    points = np.full((7, dimensions), 1.0)
    points[:, 0] += 0.5 * np.cos(angle)
    points[:, 1] += 0.5 * np.sin(angle)
    field = np.where(sdf > 0.0, _quadratic(_centres(shape)), np.nan)
    probes = Probes(sdf, points, cells_per_length=CELLS)
    np.testing.assert_allclose(probes.scalar(field), _quadratic(points), rtol=1e-9)


def test_narrow_gap_keeps_a_constant():
    sdf = np.full((9, 20), -1.0)
    sdf[4] = 1.0
    probes = Probes(sdf, [(1.0, 0.42), (1.03, 0.45)], cells_per_length=CELLS)
    np.testing.assert_allclose(probes.scalar(np.where(sdf > 0.0, 3.0, np.nan)), 3.0, rtol=1e-9)


def test_vectors_and_batches_keep_their_axes(rng):
    field = rng.normal(size=(3, 6, 7, 2))
    probes = Probes(open_box((6, 7)), [(0.2, 0.3), (0.31, 0.44)], cells_per_length=CELLS)
    found = np.asarray(probes.vector(field))
    assert found.shape == (3, 2, 2)
    np.testing.assert_array_equal(found[1, :, 0], probes.scalar(field[1, ..., 0]))


def test_single_precision_stays_single():
    probes = Probes(ball((12, 12), (0.6, 0.6), CELLS, diameter=0.5), [(0.6, 0.86)], cells_per_length=CELLS)
    assert probes.scalar(np.zeros((12, 12), np.float32)).dtype == np.float32


@pytest.mark.parametrize(
    ("points", "problem"),
    [
        ([(1.0, 1.3)], r"\[1\.0, 1\.3\] lies outside the box"),
        ([(0.2, 0.2), (0.6, 0.6)], r"\[0\.6, 0\.6\] lies inside a body"),
        ([(0.2, 0.2, 0.2)], r"have shape \(1, 3\), must be \(points, 2\)"),
    ],
)
def test_bad_points_are_refused(points, problem):
    with pytest.raises(CaseError, match=f"^points: {problem}"):
        Probes(ball((12, 12), (0.6, 0.6), CELLS, diameter=0.5), points, cells_per_length=CELLS)


@pytest.fixture(scope="module")
def cases(cylinder):
    return [cylinder(), cylinder((2.2, 1.4))]


@pytest.fixture(scope="module")
def recorded(cases):
    run = Run(cases)
    return run, record(run, 12, every=4, points=[(1.0, 1.5), (4.0, 2.0)])


def test_last_look_is_the_run_itself(cases, recorded):
    run, history = recorded
    assert history.time[-1] == run.time
    np.testing.assert_array_equal(history.forces[-1], run.forces())
    probes = Probes(cases[1].sdf, [(4.0, 2.0)], cells_per_length=cases[1].cells_per_length)
    np.testing.assert_array_equal(history.velocity[-1, 1, 1], probes.vector(run.velocity()[1])[0])
    np.testing.assert_array_equal(history.pressure[-1, 1, 1], probes.scalar(run.pressure()[1])[0])


def test_looks_are_equally_far_apart(cases, recorded):
    _, history = recorded
    assert history.interval == pytest.approx(4 / cases[0].steps_per_time)
    assert history.forces.shape == (3, 2, 2)
    assert history.velocity.shape == (3, 2, 2, 2)


def test_recording_does_not_change_the_run(cases, recorded):
    run = Run(cases)
    run.advance(12)
    np.testing.assert_array_equal(np.stack(run.state.f), np.stack(recorded[0].state.f))


def test_steps_that_are_no_multiple_are_refused(cases):
    run = Run(cases[:1])
    with pytest.raises(CaseError, match=r"^steps: is 10, must be a multiple of every=4"):
        record(run, 10, every=4)
    assert run.steps == 0
