from __future__ import annotations

import numpy as np
import pytest

from emulax_lbm import CaseError, open_box
from emulax_lbm.outputs import q_criterion, velocity_gradient, vorticity
from emulax_lbm.problems import TaylorGreen, TaylorGreen3D, observed_order

CELLS = 8


def _centres(shape):
    """Coordinates x, y[, z] of the cell centres."""
    return [(index + 0.5) / CELLS for index in np.indices(shape)[::-1]]


def test_solid_body_rotation_turns_at_twice_its_rate():
    shape = (10, 12)
    x, y = _centres(shape)
    velocity = np.stack([-3.0 * (y - 0.4), 3.0 * (x - 0.7)], axis=-1)
    turning = vorticity(velocity, open_box(shape), cells_per_length=CELLS)
    np.testing.assert_allclose(turning, 6.0, rtol=1e-12)
    np.testing.assert_allclose(q_criterion(velocity, open_box(shape), cells_per_length=CELLS), 9.0, rtol=1e-12)


def test_rotation_about_any_axis_is_a_vector():
    shape, rate = (5, 6, 7), np.array([0.5, -1.0, 2.0])
    velocity = np.cross(rate, np.stack(_centres(shape), axis=-1))
    turning = vorticity(velocity, open_box(shape), cells_per_length=CELLS)
    np.testing.assert_allclose(turning, np.broadcast_to(2.0 * rate, turning.shape), rtol=1e-11)
    np.testing.assert_allclose(q_criterion(velocity, open_box(shape), cells_per_length=CELLS), rate @ rate, rtol=1e-11)


def test_shear_has_vorticity_and_no_vortex():
    shape = (6, 6)
    _, y = _centres(shape)
    velocity = np.stack([2.0 * y, 0.0 * y], axis=-1)
    np.testing.assert_allclose(vorticity(velocity, open_box(shape), cells_per_length=CELLS), -2.0, rtol=1e-12)
    np.testing.assert_allclose(q_criterion(velocity, open_box(shape), cells_per_length=CELLS), 0.0, atol=1e-12)


@pytest.mark.parametrize("gap", [slice(3, 6), slice(0, 3), slice(7, 10)], ids=["middle", "left", "right"])
def test_parabola_beside_a_wall_has_its_exact_gradient(gap):
    """One-sided differences are of second order, and read nothing that lies in the solid."""
    shape = (4, 10)
    x, _ = _centres(shape)
    sdf = open_box(shape)
    sdf[:, gap] = -1.0
    velocity = np.stack([x**2, 1.0 - 3.0 * x**2], axis=-1)
    velocity[:, gap] = np.nan
    fluid = sdf > 0.0
    found = np.asarray(velocity_gradient(velocity, sdf, cells_per_length=CELLS))
    np.testing.assert_allclose(found[fluid][..., 0, 0], 2.0 * x[fluid], rtol=1e-12)
    np.testing.assert_allclose(found[fluid][..., 1, 0], -6.0 * x[fluid], rtol=1e-12)
    assert not found[~fluid].any()


def test_narrow_gaps_take_what_there_is():
    """Two cells between walls: first order; one cell: none."""
    sdf = open_box((3, 7))
    sdf[:, [0, 3, 5]] = -1.0
    x, _ = _centres((3, 7))
    velocity = np.stack([np.zeros_like(x), 2.0 * x], axis=-1)
    turning = np.asarray(vorticity(velocity, sdf, cells_per_length=CELLS))
    np.testing.assert_allclose(turning[1], [0.0, 2.0, 2.0, 0.0, 0.0, 0.0, 0.0], atol=1e-12)


def test_taylor_green_vortex_converges_with_second_order():
    """`k = 2 pi`: the vorticity is `2 k cos kx cos ky`, and the Q criterion `k^2 (cos 2kx + cos 2ky) / 2`."""
    errors = []
    for cells in (16, 32):
        x, y = np.meshgrid(*[2.0 * np.pi * (np.arange(cells) + 0.5) / cells] * 2)
        velocity = TaylorGreen().velocity(cells, 0.0)
        box = open_box((cells, cells))
        exact = 4.0 * np.pi * np.cos(x) * np.cos(y)
        error = vorticity(velocity, box, cells_per_length=cells, periodic=(0, 1)) - exact
        errors.append(np.abs(error).max() / exact.max())
    assert observed_order((16, 32), errors) == pytest.approx(2.0, abs=0.1)
    q = q_criterion(velocity, box, cells_per_length=cells, periodic=(0, 1))
    np.testing.assert_allclose(q, 2.0 * np.pi**2 * (np.cos(2 * x) + np.cos(2 * y)), atol=0.02 * 4.0 * np.pi**2)


def test_vortex_in_three_dimensions_has_its_vorticity():
    cells = 24
    z, y, x = np.meshgrid(*[2.0 * np.pi * (np.arange(cells) + 0.5) / cells] * 3, indexing="ij")
    exact = (
        2.0
        * np.pi
        * np.stack(
            [
                -np.cos(x) * np.sin(y) * np.sin(z),
                -np.sin(x) * np.cos(y) * np.sin(z),
                2.0 * np.sin(x) * np.sin(y) * np.cos(z),
            ],
            axis=-1,
        )
    )
    velocity = TaylorGreen3D().initial_velocity(cells)
    found = vorticity(velocity, open_box((cells,) * 3), cells_per_length=cells, periodic=(0, 1, 2))
    np.testing.assert_allclose(found, exact, atol=0.02 * np.abs(exact).max())


def test_batch_goes_case_by_case(rng):
    velocity = rng.normal(size=(2, 5, 6, 2))
    sdf = np.where(rng.random((2, 5, 6)) < 0.2, -1.0, 1.0)
    both = vorticity(velocity, sdf, cells_per_length=CELLS)
    for slot in range(2):
        np.testing.assert_array_equal(both[slot], vorticity(velocity[slot], sdf[slot], cells_per_length=CELLS))


def test_single_precision_stays_single():
    velocity = np.zeros((4, 4, 2), np.float32)
    assert vorticity(velocity, open_box((4, 4)), cells_per_length=np.float64(4.0)).dtype == np.float32


def test_axis_that_is_not_there_is_refused():
    with pytest.raises(CaseError, match=r"^periodic: is \(2,\), must hold axes from 0 \(x\) to 1"):
        vorticity(np.zeros((4, 4, 2)), open_box((4, 4)), cells_per_length=4, periodic=(2,))


def test_distances_of_another_box_are_refused():
    with pytest.raises(CaseError, match=r"^sdf: has shape \(4, 5\)"):
        vorticity(np.zeros((4, 4, 2)), open_box((4, 5)), cells_per_length=4)
