import jax.numpy as jnp
import numpy as np
import pytest

from emulax_lbm import PERIODIC
from emulax_lbm.boundaries.edges import fill_ghosts
from emulax_lbm.lattices import D2Q9
from emulax_lbm.streaming import stream


@pytest.mark.parametrize("i", range(9), ids=[str(c) for c in D2Q9.velocities])
def test_every_population_moves_by_its_velocity(i):
    start = np.zeros((9, 1, 5, 6))
    start[:, 0, 2, 3] = 1.0
    moved = np.asarray(stream(D2Q9, [jnp.asarray(p) for p in start])[i])
    cx, cy = D2Q9.velocities[i]
    assert moved[0, 2 + cy, 3 + cx] == 1.0
    assert np.count_nonzero(moved) == 1


def test_periodic_box_comes_back_to_itself(rng):
    n = 4
    f = tuple(jnp.asarray(p) for p in rng.normal(size=(9, 2, n + 2, n + 2)))
    moved = f
    for _ in range(n):
        moved = fill_ghosts(D2Q9, PERIODIC, moved, velocity_scale=jnp.ones(2), inflow=jnp.zeros((2, n + 2)))
        moved = stream(D2Q9, moved)
    np.testing.assert_array_equal(np.stack(moved)[..., 1:-1, 1:-1], np.stack(f)[..., 1:-1, 1:-1])
