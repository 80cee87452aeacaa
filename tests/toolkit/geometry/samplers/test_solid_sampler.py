"""Pairs of solids in space: what is particular to them."""

import jax
import numpy as np
import pytest
from scipy.ndimage import label

from emulax.core.errors import InputError
from emulax.geometry import SolidSampler, grid_points

CELLS = 16
COUNT = 12


@pytest.fixture(scope="module")
def bodies():
    sampler = SolidSampler()
    return [sampler.sample(5, index) for index in range(COUNT)]


@pytest.fixture(scope="module")
def solid(bodies):
    """Cells in the solid, of each body, in an order of axes z, y, x."""
    side = int(SolidSampler().domain[0]) * CELLS
    points = grid_points((side, side, side), CELLS)
    return [np.asarray(body.sdf(points)) < 0 for body in bodies]


def test_bounds_hold_the_solid_and_touch_it(bodies, solid):
    slack = []
    for body, inside in zip(bodies, solid, strict=True):
        for axis in range(3):
            filled = inside.any(axis=tuple({0, 1, 2} - {2 - axis}))
            centres = (np.flatnonzero(filled)[[0, -1]] + 0.5) / CELLS
            slack.append([centres[0] - body.bounds[axis], body.bounds[axis + 3] - centres[1]])
    # Nowhere does the solid pass its bounds. A cell finds a corner that sticks out late: by a few cells at most.
    assert np.min(slack) > -1e-6
    assert np.median(slack) < 1 / CELLS
    assert np.max(slack) < 3 / CELLS


def test_pairs_are_joined_or_apart(solid):
    parts = [label(inside, structure=np.ones((3, 3, 3)))[1] for inside in solid]
    assert set(parts) == {1, 2}


def test_place_does_not_enter_the_identifier():
    here, there = (SolidSampler(centre_z=(z, z)).sample(1, 2) for z in (0.45, 0.55))
    assert here.identifier == there.identifier
    np.testing.assert_allclose(np.subtract(there.bounds, here.bounds), [0, 0, 0.4, 0, 0, 0.4], atol=1e-12)


def test_rotations_are_uniform():
    # Every entry of a uniformly random rotation is uniform from -1 to 1.
    leaves = jax.tree.leaves([SolidSampler().sample(4, index).distance for index in range(200)])
    rotations = np.array([leaf for leaf in leaves if np.shape(leaf) == (3, 3)])
    assert len(rotations) == 400
    np.testing.assert_allclose(rotations.mean(axis=0), 0.0, atol=0.1)
    np.testing.assert_allclose(np.abs(rotations).mean(axis=0), 0.5, atol=0.05)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("kinds", ()),
        ("diameter", (0.0, 0.9)),
        ("diameter", (0.9, 0.7)),
        ("aspect_ratio", (0.5, 1.5)),
        ("gap", -0.1),
        ("gap", float("nan")),
        ("centre_z", (0.1, 0.5)),
        ("clearance", 0.7),
    ],
)
def test_bad_configuration_is_refused_and_named(field, value):
    named = "centre_x" if field == "clearance" else field
    with pytest.raises(InputError, match=rf"^{named}: "):
        SolidSampler(**{field: value})
