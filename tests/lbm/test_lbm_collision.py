import jax
import jax.numpy as jnp
import numpy as np
import pytest

from emulax_lbm import BGK, PERIODIC, TRT, CaseError, FlowCase, open_box, simulate
from emulax_lbm.lattices import D2Q9, LATTICES
from emulax_lbm.moments import density, equilibrium, momentum

MAGIC = 0.2
COLLISIONS = (BGK(), TRT(MAGIC))


@pytest.fixture(params=LATTICES.values(), ids=LATTICES)
def lattice(request):
    return request.param


@pytest.fixture(params=COLLISIONS, ids=lambda collision: type(collision).__name__)
def collision(request):
    return request.param


@pytest.fixture
def tau(lattice):
    return jnp.asarray([0.52, 1.0, 2.5]).reshape(3, *[1] * lattice.dimensions)


@pytest.fixture
def f(lattice, rng):
    return tuple(jnp.asarray(p) for p in 0.1 * rng.normal(size=(lattice.size, 3, *[2] * lattice.dimensions)))


@pytest.fixture
def force(lattice):
    shape = (1,) * (1 + lattice.dimensions)
    return tuple(jnp.full(shape, value) for value in (0.02, -0.01, 0.03)[: lattice.dimensions])


def test_mass_is_conserved(lattice, collision, f, tau, force):
    for strength in (None, force):
        after = collision.collide(lattice, f, tau, strength)
        np.testing.assert_allclose(density(lattice, after), density(lattice, f), atol=1e-14)


def test_momentum_is_conserved_without_force(lattice, collision, f, tau):
    after = collision.collide(lattice, f, tau)
    np.testing.assert_allclose(momentum(lattice, after), momentum(lattice, f), atol=1e-14)


def test_momentum_grows_by_the_force(lattice, collision, f, tau, force):
    after = collision.collide(lattice, f, tau, force)
    gained = np.stack(momentum(lattice, after)) - np.stack(momentum(lattice, f))
    np.testing.assert_allclose(gained, np.broadcast_to(np.stack(force), gained.shape), atol=1e-14)


def test_equilibrium_stays(lattice, collision, f, tau):
    at_rest = equilibrium(lattice, density(lattice, f), momentum(lattice, f))
    np.testing.assert_allclose(collision.collide(lattice, at_rest, tau), at_rest, atol=1e-14)


def _parts(lattice, f) -> tuple[np.ndarray, np.ndarray]:
    """Even and odd parts of populations."""
    f = np.stack(f)
    reversed_ = f[list(lattice.opposite)]
    return 0.5 * (f + reversed_), 0.5 * (f - reversed_)


def test_one_relaxation_time_is_that_of_all_populations(lattice, f, tau):
    towards = np.stack(equilibrium(lattice, density(lattice, f), momentum(lattice, f)))
    after = np.stack(BGK().collide(lattice, f, tau))
    np.testing.assert_allclose(after - towards, (1.0 - 1.0 / np.asarray(tau)) * (np.stack(f) - towards), atol=1e-14)


def test_even_part_relaxes_with_tau_and_odd_part_keeps_the_magic_parameter(lattice, f, tau):
    towards = _parts(lattice, equilibrium(lattice, density(lattice, f), momentum(lattice, f)))
    after = _parts(lattice, TRT(MAGIC).collide(lattice, f, tau))
    for part, (end, start, goal) in enumerate(zip(after, _parts(lattice, f), towards, strict=True)):
        time = np.asarray(tau if part == 0 else 0.5 + MAGIC / (tau - 0.5))
        np.testing.assert_allclose(end - goal, (1.0 - 1.0 / time) * (start - goal), atol=1e-14)


@pytest.mark.parametrize("magic", [0.0, -0.1, float("nan"), float("inf")])
def test_magic_parameter_that_is_not_positive_is_refused(magic):
    with pytest.raises(CaseError, match=r"^magic: is "):
        TRT(magic)


def test_momentum_flux_takes_up_the_force_by_the_scheme_of_guo(lattice, collision, f, tau, force):
    """`dP = (P_eq - P) / tau + (1 - 1 / 2 tau) (u F + F u)`, with `u` half a step ahead; P is the second moment."""

    def flux(populations) -> np.ndarray:
        c = np.array(lattice.velocities)
        return np.einsum("ia,ib,i...->ab...", c, c, np.stack(populations))

    u = [component + 0.5 * strength for component, strength in zip(momentum(lattice, f), force, strict=True)]
    relaxed = (flux(equilibrium(lattice, density(lattice, f), u)) - flux(f)) / np.asarray(tau)
    outer = np.einsum("a...,b...->ab...", np.stack(u), np.broadcast_to(np.stack(force), np.stack(u).shape))
    pushed = (1.0 - 0.5 / np.asarray(tau)) * (outer + outer.swapaxes(0, 1))
    gained = flux(collision.collide(lattice, f, tau, force)) - flux(f)
    np.testing.assert_allclose(gained, relaxed + pushed, atol=1e-14)


def test_single_precision_mass_does_not_creep():
    r = jnp.full((1, 1, 1), 0.05, jnp.float32)
    start = equilibrium(D2Q9, r, (0.1 * r / r, 0.0 * r))

    def once(_, f):
        return TRT(MAGIC).collide(D2Q9, f, jnp.full((1, 1, 1), 0.6, jnp.float32))

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
