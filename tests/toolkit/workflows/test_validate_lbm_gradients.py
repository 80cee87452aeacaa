"""The checks of derivatives: on a few cells, and on a flow with a closed form in place of the solver."""

from __future__ import annotations

from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from emulax.workflows.validate.lbm import gradients

ROWS = {
    "lbm.adjoint.viscosity": gradients.viscosity_adjoint,
    "lbm.adjoint.inflow": gradients.inflow_adjoint,
    "lbm.adjoint.sdf": gradients.shape_adjoint,
}
LIMITS = {"lbm.adjoint.viscosity": 1e-3, "lbm.adjoint.inflow": 1e-3, "lbm.adjoint.sdf": 0.1}
every_row = pytest.mark.parametrize("name", ROWS)


def _drag(reynolds, inflow, sdf):
    """Of all inputs, in a way that tells the cells and the parts of a cell apart."""
    speed = jnp.mean(inflow * jnp.cos(jnp.arange(inflow.size)))
    places = 1.0 + 0.1 * jnp.cos(jnp.arange(sdf.size, dtype=jnp.float64)).reshape(sdf.shape)
    return jnp.log(reynolds) * speed * jnp.sum(places * jnp.exp(-sdf))


@pytest.fixture
def closed_form(monkeypatch):
    """Puts a closed form in place of the solver; its derivatives are off by the factor that is returned in a list."""
    factor = [1.0]

    def differentiable(cases, steps):
        def solve(inputs):
            drag = jax.vmap(_drag)(inputs.reynolds, inputs.inflow, inputs.sdf)
            return SimpleNamespace(forces=jnp.stack([factor[0] * drag, 1e3 * drag], axis=1))

        return solve

    def simulate(cases, steps, *, velocity):
        assert velocity.shape == (len(cases), *cases[0].sdf.shape, 2)
        np.testing.assert_array_equal(velocity[..., 0], 1.0)
        drag = [_drag(case.reynolds, case.inflow_profile(), case.sdf.astype(np.float64)) for case in cases]
        return [SimpleNamespace(drag_coefficient=float(one)) for one in drag]

    monkeypatch.setattr(gradients, "differentiable", differentiable)
    monkeypatch.setattr(gradients, "simulate", simulate)
    gradients._off_axis.cache_clear()
    yield factor
    gradients._off_axis.cache_clear()


@every_row
def test_derivative_is_held_against_the_difference(closed_form, name):
    row = ROWS[name](8, 10)
    assert row.id == name
    assert row.value < 0.01 * LIMITS[name]


@every_row
@pytest.mark.parametrize("off", [1.0, -1.0])
def test_derivative_that_is_off_fails(closed_form, name, off):
    closed_form[0] = 1.0 + 1.1 * off * LIMITS[name]
    assert ROWS[name](8, 10).passed is False


def test_radius_is_changed_by_half_a_cell_in_every_place(monkeypatch):
    seen = []
    monkeypatch.setattr(gradients, "_gradient", lambda cases, steps: SimpleNamespace(sdf=jnp.zeros(1)))
    monkeypatch.setattr(
        gradients,
        "simulate",
        lambda cases, steps, **_: seen.extend(cases) or [SimpleNamespace(drag_coefficient=float(i)) for i in range(10)],
    )
    gradients.shape_adjoint(8, 10, positions=5)
    assert len({case.sdf.tobytes() for case in seen}) == 10
    for larger, smaller in zip(seen[:5], seen[5:], strict=True):
        np.testing.assert_allclose(smaller.sdf - larger.sdf, 1.0 / 8.0, atol=1e-6)


def test_places_are_spread_over_the_cell():
    places = gradients._places(64)
    np.testing.assert_allclose(places.mean(axis=0), [0.5, 0.25], atol=0.02)
    counts, _, _ = np.histogram2d(*places.T, bins=4, range=[(0.0, 1.0), (0.0, 0.5)])
    assert np.all(np.abs(counts - 4) <= 2)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["lbm.adjoint.viscosity", "lbm.adjoint.inflow"])
def test_derivative_is_that_of_the_solver(name):
    assert ROWS[name](8, 25).value < 1e-7


@pytest.mark.slow
def test_derivative_by_the_radius_is_that_of_the_solver():
    assert gradients.shape_adjoint(16, 100).passed


def test_none_is_soon_done():
    assert gradients.checks(quick=True) == []
    assert gradients.checks(quick=False) == list(ROWS.values())
