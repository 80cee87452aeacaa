"""The duct: its force, its start, and the laminar flow it comes to at a low Reynolds number."""

import numpy as np
import pytest

from emulax_lbm import D3Q19, TRT, Run
from emulax_lbm.problems import disturbed_duct, duct


def test_force_is_what_the_walls_take():
    """With the friction velocity as unit the mean stress at the walls is one: force times area over their length."""
    case = duct(8, aspect_ratio=3.0, length=0.5)
    assert case.sdf.shape == (48, 16, 4)
    area, perimeter = 2.0 * 6.0, 2.0 * (2.0 + 6.0)
    assert case.body_force[0] * area / perimeter == pytest.approx(1.0)


def test_flow_at_rest_comes_to_the_laminar_profile():
    """In the middle of a square duct u = 0.2947 F h^2 / nu (White, Viscous Fluid Flow, 1974, eq. 3-48)."""
    run = Run([duct(8, reynolds=2.0, length=0.5, lattice=D3Q19, collision=TRT())])
    run.advance(5000)
    velocity = np.asarray(run.velocity()[0])
    assert velocity[7:9, 7:9, :, 0].mean() == pytest.approx(0.2947 * 2.0 * 2.0, rel=0.015)
    np.testing.assert_allclose(velocity[..., 1:], 0.0, atol=1e-3)


def test_start_is_disturbed_by_its_size_and_free_of_divergence():
    case = duct(16, length=2.0)
    start = disturbed_duct(case, size=1.5)[0].astype(np.float64)
    across = start[..., 1:]
    assert np.sqrt((across**2).sum(-1).mean()) == pytest.approx(1.5, rel=1e-3)
    v, w = across[..., 0], across[..., 1]
    along_y, along_z = np.gradient(v, axis=1), np.gradient(w, axis=0)
    inside = np.s_[1:-1, 1:-1]
    assert np.abs((along_y + along_z)[inside]).max() < 0.05 * np.abs(along_y).max()


def test_start_adheres_to_the_walls():
    start = disturbed_duct(duct(16, length=2.0))[0]
    assert np.abs(start[0, :, :, 1:]).max() < 0.2 * np.abs(start[..., 1:]).max()
    assert start[0, 0, 0, 0] < 0.6 * start[16, 16, 0, 0]


def test_seeds_make_different_starts():
    case = duct(8, length=1.0)
    one, same, other = (disturbed_duct(case, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert np.abs(one - other).max() > 0.1
