"""Boussinesq's closure, the split of a stress, the way from one closure to another."""

import jax.numpy as jnp
import numpy as np
import pytest

from emulax_rans import MeanFlow, across, boussinesq, ramped, split


@pytest.fixture
def flow(rng):
    gradient = rng.standard_normal((4, 3, 3))
    one = jnp.ones(4)
    return MeanFlow(
        jnp.zeros((4, 3)),
        jnp.asarray(gradient),
        one,
        jnp.zeros((4, 3)),
        one,
        jnp.asarray(rng.uniform(size=4)),
        one,
        0.1,
    )


def _deviator(rng):
    a = rng.standard_normal((4, 3, 3))
    a = a + np.swapaxes(a, -1, -2)
    return jnp.asarray(a - np.trace(a, axis1=-2, axis2=-1)[:, None, None] * np.eye(3) / 3.0)


def test_split_parts_make_the_whole(flow, rng):
    stress = _deviator(rng)
    nu_t, remainder = split(stress, flow.strain_rate)
    np.testing.assert_allclose(remainder - 2.0 * nu_t[:, None, None] * flow.strain_rate, stress)


def test_split_leaves_nothing_of_a_linear_stress(flow):
    linear = -2.0 * flow.eddy_viscosity[:, None, None] * flow.strain_rate
    nu_t, remainder = split(linear, flow.strain_rate)
    np.testing.assert_allclose(nu_t, flow.eddy_viscosity)
    np.testing.assert_allclose(remainder, 0.0, atol=1e-15)


def test_split_has_no_negative_viscosity(flow):
    gaining = 2.0 * flow.strain_rate
    nu_t, remainder = split(gaining, flow.strain_rate)
    np.testing.assert_array_equal(nu_t, 0.0)
    np.testing.assert_array_equal(remainder, gaining)


def test_split_without_strain_leaves_the_stress_as_it_is(rng):
    stress = _deviator(rng)
    nu_t, remainder = split(stress, jnp.zeros((4, 3, 3)))
    np.testing.assert_array_equal(nu_t, 0.0)
    np.testing.assert_array_equal(remainder, stress)


def test_across_is_orthogonal_to_the_strain_and_misses_nothing_else(flow, rng):
    stress, strain = _deviator(rng), flow.strain_rate
    rest = across(stress, strain)
    np.testing.assert_allclose((rest * strain).sum((-2, -1)), 0.0, atol=1e-14)
    np.testing.assert_allclose(across(stress + 3.0 * strain, strain), rest, atol=1e-14)


def test_across_no_strain_is_everything(rng):
    stress = _deviator(rng)
    np.testing.assert_array_equal(across(stress, jnp.zeros((4, 3, 3))), stress)


def test_ramp_is_linear_between_boussinesq_and_the_closure(flow, rng):
    given = split(_deviator(rng), flow.strain_rate)
    half = ramped(lambda _: given, 0.5)(flow)
    np.testing.assert_allclose(half.eddy_viscosity, 0.5 * (given.eddy_viscosity + boussinesq(flow).eddy_viscosity))
    np.testing.assert_allclose(half.remainder, 0.5 * given.remainder)
