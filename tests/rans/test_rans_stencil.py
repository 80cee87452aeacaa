"""Jacobians by coloured derivatives, and direct solution of the systems they make."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from emulax_rans import stencil
from emulax_rans.block_tridiagonal import solve
from emulax_rans.bordered import solve_bordered


def _coupled(reach):
    """A nonlinear function of two fields whose values see all cells up to `reach`, each with a weight of its own."""
    weights = np.random.default_rng(3).uniform(0.5, 1.0, (2 * reach + 1, 2 * reach + 1, 2, 2))

    def function(x):
        rows, columns, _ = x.shape
        padded = jnp.pad(x, ((reach, reach), (reach, reach), (0, 0)))
        total = 20.0 * x + x**3
        for i in range(2 * reach + 1):
            for j in range(2 * reach + 1):
                total += jnp.sin(padded[i : i + rows, j : j + columns]) @ jnp.asarray(weights[i, j])
        return total

    return function


def _dense(function, at):
    return jax.jacfwd(function)(at).reshape(at.size, at.size)


def _as_dense(stencils):
    """The matrix of stencils, entry by entry."""
    rows, columns, fields, period, _, _ = stencils.shape
    reach = period // 2
    whole = np.zeros((rows, columns, fields, rows, columns, fields))
    for r, c, i, j in np.ndindex(rows, columns, period, period):
        there = r + i - reach, c + j - reach
        if 0 <= there[0] < rows and 0 <= there[1] < columns:
            whole[r, c, :, there[0], there[1], :] += np.asarray(stencils[r, c, :, i, j, :])
    return whole.reshape(rows * columns * fields, -1)


@pytest.fixture(params=[(1, (5, 4)), (2, (7, 6)), (2, (9, 1)), (2, (3, 3))], ids=str)
def system(request, rng):
    reach, shape = request.param
    at = jnp.asarray(rng.standard_normal((*shape, 2)))
    return _coupled(reach), at, stencil.jacobian(_coupled(reach), at, reach=reach)


def test_coloured_jacobian_is_the_jacobian(system):
    function, at, stencils = system
    np.testing.assert_allclose(_as_dense(stencils), _dense(function, at), atol=1e-13)


def test_nothing_lies_outside_the_grid(system):
    _, _, stencils = system
    reach = stencils.shape[3] // 2
    assert not np.asarray(stencils[0, :, :, :reach]).any()
    assert not np.asarray(stencils[:, -1, :, :, reach + 1 :]).any()


def test_transposed(system):
    _, _, stencils = system
    np.testing.assert_array_equal(_as_dense(stencil.transposed(stencils)), _as_dense(stencils).T)


def test_direct_solution(system, rng):
    function, at, stencils = system
    right = jnp.asarray(rng.standard_normal((*at.shape, 3)))
    expected = np.linalg.solve(np.asarray(_dense(function, at)), right.reshape(at.size, 3))
    np.testing.assert_allclose(solve(stencils, right).reshape(at.size, 3), expected, rtol=1e-11, atol=1e-13)


def test_bordered_system(system, rng):
    function, at, stencils = system
    column, row, right = (jnp.asarray(rng.standard_normal(at.shape)) for _ in range(3))
    whole = np.block(
        [
            [np.asarray(_dense(function, at)), np.asarray(column).reshape(-1, 1)],
            [np.asarray(row).reshape(1, -1), np.array([[0.3]])],
        ]
    )
    expected = np.linalg.solve(whole, np.append(np.asarray(right), 0.7))
    unknowns, last = solve_bordered(stencils, column, row, 0.3, right, jnp.asarray(0.7))
    np.testing.assert_allclose(np.append(np.asarray(unknowns), float(last)), expected, rtol=1e-10, atol=1e-12)
