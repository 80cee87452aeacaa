"""How much a velocity makes of an error in the stress."""

import jax.numpy as jnp
import numpy as np
import pytest

from emulax_rans import BulkVelocity, RansCase, ReynoldsStress, half_channel, local_condition_number, solve_velocity

CELLS = 60
NU = 0.01


@pytest.fixture(scope="module")
def channel():
    """A channel with an eddy viscosity of 3 nu (1 - y^2), and the stress that it makes."""
    case = RansCase(half_channel(CELLS, first=1.0 / CELLS), NU, BulkVelocity(1.0))
    y = jnp.asarray(case.section.centres[1])
    none = jnp.zeros((1, CELLS, 3, 3))
    implicit = ReynoldsStress(3.0 * NU * (1.0 - y**2), none)
    flow = solve_velocity(case, implicit)
    shear = flow.driving_force * y * (1.0 - 1.0 / (4.0 - 3.0 * y**2))
    return case, flow, implicit, ReynoldsStress(jnp.zeros((1, CELLS)), none.at[..., 0, 1].set(shear))


def _resistance(y, implicit):
    """Integral of 1/(nu + nu_t) from y to the wall: Green's function of a force at y, as far as y from the centre."""
    if not implicit:
        return (1.0 - y) / NU
    root = np.sqrt(3.0)
    return (np.log((2.0 + root) / (2.0 - root)) - np.log((2.0 + root * y) / (2.0 - root * y))) / (4.0 * root * NU)


@pytest.mark.parametrize("treatment", ["implicit", "explicit"])
def test_condition_number_is_that_of_the_analytical_green_function(channel, treatment):
    case, flow, implicit, explicit = channel
    found = local_condition_number(case, flow, implicit if treatment == "implicit" else explicit)
    s = np.linspace(0.0, 1.0, 2001)
    force = np.gradient(float(flow.driving_force) * s * (1.0 - 1.0 / (4.0 - 3.0 * s**2)), s)
    y = case.section.centres[1][0]
    green = _resistance(np.maximum(y[:, None], s), treatment == "implicit")
    expected = np.sqrt(np.trapezoid(green**2, s, axis=1) * np.trapezoid(force**2, s))
    np.testing.assert_allclose(np.asarray(found)[0], expected, rtol=0.02)
