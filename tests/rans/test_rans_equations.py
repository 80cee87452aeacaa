"""All equations of a case as one function, and its Jacobian by stencils."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from emulax_rans import KOmegaSST, LaunderSharma, RansCase, boussinesq, duct_quadrant, split
from emulax_rans.closures import ramped
from emulax_rans.equations import Equations, MomentumEquations
from emulax_rans.problems.manufactured import quadratic
from emulax_rans.stencil import jacobian, transposed

FORCE = jnp.asarray(0.01)


def _state(turbulence, rng, *, across=0.01):
    case = RansCase(duct_quadrant(8, first=0.05), 1e-3, turbulence=turbulence)
    equations = Equations(case)
    start, _ = equations.start()
    noise = rng.uniform(-1.0, 1.0, start.shape) * np.array([0.01, across, 0.3, 0.3])
    noise[-1, :, 1] = noise[:, -1, 1] = 0.0
    return equations, start + jnp.asarray(noise)


def _stress(rng, shape):
    a = rng.standard_normal((*shape, 3, 3)) * 1e-3
    a = jnp.asarray(a + np.swapaxes(a, -1, -2))
    return split(a, 10.0 * a)


@pytest.mark.parametrize(
    "turbulence",
    [KOmegaSST(), pytest.param(LaunderSharma(), marks=pytest.mark.slow)],
    ids=lambda model: type(model).__name__,
)
@pytest.mark.parametrize("name", [pytest.param("quadratic", marks=pytest.mark.slow), "ramped"])
def test_no_equation_depends_on_farther_unknowns(turbulence, name, rng):
    equations, state = _state(turbulence, rng)
    closure = {"quadratic": quadratic, "ramped": ramped(quadratic, 0.5)}[name]
    _assert_reach(equations, state, closure, rng)


def test_no_momentum_depends_on_farther_unknowns(rng):
    equations, state = _state(KOmegaSST(), rng)
    _assert_reach(MomentumEquations(equations.case), state[..., :2], _stress(rng, state.shape[:2]), rng)


def _assert_reach(equations, state, stress, rng):
    """The Jacobian in stencils is the Jacobian."""

    def balance(x):
        return equations.balance(x, FORCE, stress)

    reach = equations.reach(stress)
    stencils = jacobian(balance, state, reach=reach)
    direction = jnp.asarray(rng.standard_normal(state.shape))
    _, exact = jax.jvp(balance, (state,), (direction,))
    padded = jnp.pad(direction, ((reach, reach), (reach, reach), (0, 0)))
    rows, columns, _ = state.shape
    found = sum(
        jnp.einsum("rcfg,rcg->rcf", stencils[:, :, :, i, j], padded[i : i + rows, j : j + columns])
        for i in range(2 * reach + 1)
        for j in range(2 * reach + 1)
    )
    np.testing.assert_allclose(found, exact, rtol=1e-9, atol=1e-9 * float(jnp.abs(exact).max()))


def test_a_flow_along_the_duct_needs_two_cells_with_an_eddy_viscosity(rng):
    equations, state = _state(KOmegaSST(), rng, across=0.0)
    assert equations.reach(jax.tree_util.Partial(boussinesq)) == 2
    narrow, wide = (jacobian(lambda x: equations.balance(x, FORCE, boussinesq), state, reach=r) for r in (2, 3))
    np.testing.assert_allclose(wide[:, :, :, 1:-1, 1:-1], narrow, atol=1e-9 * float(jnp.abs(narrow).max()))
    assert transposed(narrow).shape == narrow.shape


def test_start_keeps_the_sides_free_of_a_stream(rng):
    equations, state = _state(KOmegaSST(), rng)
    balance = equations.balance(state, FORCE, boussinesq)
    np.testing.assert_array_equal(balance[-1, :, 1], 0.0)
    np.testing.assert_array_equal(balance[:, -1, 1], 0.0)
