import jax.numpy as jnp
import numpy as np
import pytest

from emulax_lbm import D2Q9, D3Q19, D3Q27, PERIODIC
from emulax_lbm.boundaries import Incoming, fill_ghosts
from emulax_lbm.streaming import stream

EVERY = pytest.mark.parametrize("lattice", [D2Q9, D3Q19, D3Q27], ids=lambda lattice: lattice.name)


@EVERY
def test_every_population_moves_by_its_velocity(lattice):
    space = (5, 7, 6)[-lattice.dimensions :]
    centre = tuple(n // 2 for n in space)
    start = np.zeros((lattice.size, 1, *space))
    start[(slice(None), 0, *centre)] = 1.0
    for velocity, moved in zip(lattice.velocities, stream(lattice, [jnp.asarray(p) for p in start]), strict=True):
        target = tuple(n + c for n, c in zip(centre, reversed(velocity), strict=True))
        assert [tuple(map(int, found)) for found in np.argwhere(np.asarray(moved)[0])] == [target]


@EVERY
def test_periodic_box_comes_back_to_itself(lattice, rng):
    n = 4
    side = (n + 2,) * (lattice.dimensions - 1)
    inside = (..., *[slice(1, -1)] * lattice.dimensions)
    f = tuple(jnp.asarray(p) for p in rng.normal(size=(lattice.size, 2, *side, n + 2)))
    moved = f
    for _ in range(n):
        moved = fill_ghosts(lattice, PERIODIC, moved, Incoming(jnp.ones(2), jnp.zeros((2, *side))))
        moved = stream(lattice, moved)
    np.testing.assert_array_equal(np.stack(moved)[inside], np.stack(f)[inside])
