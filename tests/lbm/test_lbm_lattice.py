import itertools

import numpy as np
import pytest

from emulax_lbm.lattices import LATTICES

EVERY = pytest.mark.parametrize("lattice", LATTICES.values(), ids=LATTICES)


def _moment(lattice, order: int) -> np.ndarray:
    """`sum_i w_i c_i c_i ...`, a tensor of the given order."""
    c, shape = np.array(lattice.velocities), (lattice.dimensions,) * order
    moment = np.zeros(shape)
    for axes in np.ndindex(shape):
        moment[axes] = np.dot(lattice.weights, np.prod(c[:, list(axes)], axis=1))
    return moment


@EVERY
def test_weights_sum_to_one(lattice):
    assert _moment(lattice, 0) == pytest.approx(1.0, abs=1e-15)


@EVERY
def test_velocities_are_distinct_and_the_rest_population_comes_first(lattice):
    assert len(set(lattice.velocities)) == len(lattice.velocities) == len(lattice.weights)
    assert not any(lattice.velocities[0])


@EVERY
@pytest.mark.parametrize("order", [1, 3])
def test_odd_moments_vanish(lattice, order):
    np.testing.assert_allclose(_moment(lattice, order), 0.0, atol=1e-16)


@EVERY
def test_second_moment_is_isotropic_with_sound_speed_squared_one_third(lattice):
    np.testing.assert_allclose(_moment(lattice, 2), np.eye(lattice.dimensions) / 3.0, atol=1e-16)


@EVERY
def test_fourth_moment_is_isotropic(lattice):
    d = np.eye(lattice.dimensions)
    pairings = ("ab,cd->abcd", "ac,bd->abcd", "ad,bc->abcd")
    np.testing.assert_allclose(_moment(lattice, 4), sum(np.einsum(p, d, d) for p in pairings) / 9.0, atol=1e-16)


@EVERY
def test_opposite_reverses_the_velocity_and_keeps_the_weight(lattice):
    for i, j in enumerate(lattice.opposite):
        assert lattice.velocities[j] == tuple(-c for c in lattice.velocities[i])
        assert lattice.weights[j] == lattice.weights[i]


@EVERY
def test_pairs_hold_every_moving_population_once(lattice):
    assert sorted(itertools.chain(*lattice.pairs)) == list(range(1, len(lattice.velocities)))
    assert all(lattice.opposite[i] == j for i, j in lattice.pairs)


@EVERY
@pytest.mark.parametrize("axis", [0, 1])
def test_mirrored_reverses_one_component(lattice, axis):
    for v, j in zip(lattice.velocities, lattice.mirrored(axis), strict=True):
        assert lattice.velocities[j] == tuple(-c if a == axis else c for a, c in enumerate(v))


def test_entering_populations_of_an_edge():
    c = LATTICES["D2Q9"].velocities
    assert {c[i] for i in LATTICES["D2Q9"].entering(0, 1)} == {(1, -1), (1, 0), (1, 1)}
    assert {c[i] for i in LATTICES["D2Q9"].entering(1, -1)} == {(-1, -1), (0, -1), (1, -1)}
