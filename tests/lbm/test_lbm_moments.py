import jax.numpy as jnp
import numpy as np
import pytest

from emulax_lbm.lattices import D2Q9
from emulax_lbm.moments import density, equilibrium, momentum

C = np.array(D2Q9.velocities)


@pytest.fixture
def fields(rng):
    """Density deviation and velocity components of a small batch."""
    r, ux, uy = 0.1 * jnp.asarray(rng.normal(size=(3, 2, 3, 4)))
    return r, (ux, uy)


def test_density_and_momentum_are_the_first_moments(rng):
    f = rng.normal(size=(9, 2, 3, 4))
    populations = [jnp.asarray(p) for p in f]
    np.testing.assert_allclose(density(D2Q9, populations), f.sum(axis=0), rtol=1e-13)
    np.testing.assert_allclose(np.stack(momentum(D2Q9, populations)), np.einsum("ia,i...->a...", C, f), rtol=1e-13)


def test_equilibrium_has_the_given_density_and_momentum(fields):
    r, u = fields
    f = equilibrium(D2Q9, r, u)
    np.testing.assert_allclose(density(D2Q9, f), r, atol=1e-16)
    np.testing.assert_allclose(momentum(D2Q9, f), u, atol=1e-16)


def test_second_moment_of_equilibrium_is_pressure_and_momentum_flux(fields):
    r, u = fields
    flux = np.einsum("ia,ib,i...->ab...", C, C, np.stack(equilibrium(D2Q9, r, u)))
    expected = np.einsum("ab,...->ab...", np.eye(2) / 3.0, r) + np.einsum("a...,b...->ab...", np.stack(u), np.stack(u))
    np.testing.assert_allclose(flux, expected, atol=1e-16)


def test_rest_has_no_deviation():
    zero = jnp.zeros((1, 2, 2))
    assert not np.any(np.stack(equilibrium(D2Q9, zero, (zero, zero))))


def test_single_precision_stays(fields):
    r, u = (value.astype(jnp.float32) for value in (fields[0], jnp.stack(fields[1])))
    f = equilibrium(D2Q9, r, tuple(u))
    assert {p.dtype for p in (*f, density(D2Q9, f), *momentum(D2Q9, f))} == {jnp.dtype(jnp.float32)}
