import jax
import jax.numpy as jnp
import numpy as np
import pytest

from emulax_lbm import PERIODIC, FlowCase, open_box, simulate
from emulax_lbm.collision import collide
from emulax_lbm.lattices import D2Q9
from emulax_lbm.moments import density, equilibrium, momentum

MAGIC = 3.0 / 16.0
TAU = jnp.asarray([0.52, 1.0, 2.5])[:, None, None]


@pytest.fixture
def f(rng):
    return tuple(jnp.asarray(p) for p in 0.1 * rng.normal(size=(9, 3, 2, 2)))


@pytest.fixture
def force():
    return jnp.full((1, 1, 1), 0.02), jnp.full((1, 1, 1), -0.01)


def _parts(f) -> tuple[np.ndarray, np.ndarray]:
    """Even and odd parts of populations."""
    f = np.stack(f)
    reversed_ = f[list(D2Q9.opposite)]
    return 0.5 * (f + reversed_), 0.5 * (f - reversed_)


def test_mass_is_conserved(f, force):
    for strength in (None, force):
        after = collide(D2Q9, f, TAU, magic=MAGIC, force=strength)
        np.testing.assert_allclose(density(D2Q9, after), density(D2Q9, f), atol=1e-15)


def test_momentum_is_conserved_without_force(f):
    after = collide(D2Q9, f, TAU, magic=MAGIC)
    np.testing.assert_allclose(momentum(D2Q9, after), momentum(D2Q9, f), atol=1e-15)


def test_momentum_grows_by_the_force(f, force):
    after = collide(D2Q9, f, TAU, magic=MAGIC, force=force)
    gained = np.stack(momentum(D2Q9, after)) - np.stack(momentum(D2Q9, f))
    np.testing.assert_allclose(gained, np.broadcast_to(np.stack(force), gained.shape), atol=1e-15)


def test_equilibrium_stays(f):
    at_rest = equilibrium(D2Q9, density(D2Q9, f), momentum(D2Q9, f))
    np.testing.assert_allclose(collide(D2Q9, at_rest, TAU, magic=MAGIC), at_rest, atol=1e-15)


def test_even_part_relaxes_with_tau_and_odd_part_keeps_the_magic_parameter(f):
    towards = _parts(equilibrium(D2Q9, density(D2Q9, f), momentum(D2Q9, f)))
    after = _parts(collide(D2Q9, f, TAU, magic=MAGIC))
    tau = np.asarray(TAU)
    for part, (end, start, goal) in enumerate(zip(after, _parts(f), towards, strict=True)):
        time = tau if part == 0 else 0.5 + MAGIC / (tau - 0.5)
        np.testing.assert_allclose(end - goal, (1.0 - 1.0 / time) * (start - goal), atol=1e-15)


def test_momentum_flux_takes_up_the_force_by_the_scheme_of_guo(f, force):
    """`dP = (P_eq - P) / tau + (1 - 1 / 2 tau) (u F + F u)`, with `u` half a step ahead; P is the second moment."""

    def flux(populations) -> np.ndarray:
        c = np.array(D2Q9.velocities)
        return np.einsum("ia,ib,i...->ab...", c, c, np.stack(populations))

    u = [component + 0.5 * strength for component, strength in zip(momentum(D2Q9, f), force, strict=True)]
    relaxed = (flux(equilibrium(D2Q9, density(D2Q9, f), u)) - flux(f)) / np.asarray(TAU)
    outer = np.einsum("a...,b...->ab...", np.stack(u), np.broadcast_to(np.stack(force), np.stack(u).shape))
    pushed = (1.0 - 0.5 / np.asarray(TAU)) * (outer + outer.swapaxes(0, 1))
    gained = flux(collide(D2Q9, f, TAU, magic=MAGIC, force=force)) - flux(f)
    np.testing.assert_allclose(gained, relaxed + pushed, atol=1e-15)


def test_single_precision_mass_does_not_creep():
    r = jnp.full((1, 1, 1), 0.05, jnp.float32)
    start = equilibrium(D2Q9, r, (0.1 * r / r, 0.0 * r))

    def once(_, f):
        return collide(D2Q9, f, jnp.full((1, 1, 1), 0.6, jnp.float32), magic=MAGIC)

    end = jax.jit(lambda f: jax.lax.fori_loop(0, 5000, once, f))(start)
    assert {p.dtype for p in end} == {jnp.dtype(jnp.float32)}
    assert float(density(D2Q9, end)[0, 0, 0]) == pytest.approx(0.05, rel=1e-5)


def test_shear_wave_decays_with_the_stated_viscosity():
    cells = 32
    cases = [
        FlowCase(open_box((cells, 3)), re, cells, edges=PERIODIC, precision="float64") for re in (24.0, 80.0, 320.0)
    ]
    velocity = np.zeros((len(cases), cells, 3, 2))
    velocity[..., 0] = np.sin(2.0 * np.pi * (np.arange(cells) + 0.5) / cells)[:, None]
    early, late = (simulate(cases, steps, velocity=velocity) for steps in (100, 300))
    for case, first, last in zip(cases, early, late, strict=True):
        rate = np.log(np.linalg.norm(first.velocity) / np.linalg.norm(last.velocity)) / 200
        assert rate == pytest.approx(case.viscosity * (2.0 * np.pi / cells) ** 2, rel=0.01)
