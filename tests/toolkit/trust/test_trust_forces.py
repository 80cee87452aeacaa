import numpy as np
import pytest

from emulax.core.errors import InputError
from emulax.data import FlowInputs
from emulax.trust import force_coefficients, surface_pressure

N = 16
SHAPE = (48, 64)
CENTRE = (1.9, 1.55)


def _way(shape=SHAPE):
    y, x = (np.indices(shape) + 0.5) / N
    return x - CENTRE[0], y - CENTRE[1]


def _circle(reynolds):
    """Inputs with a circle of diameter D off the middle of the box."""
    sdf = (np.hypot(*_way()) - 0.5).astype(np.float32)[None]
    return FlowInputs.of(sdf, np.array([reynolds], np.float32))


OPEN = FlowInputs.of(np.full((1, *SHAPE), 9.0, np.float32), np.array([20.0], np.float32))


def _lifting_potential_flow(circulation):
    """Channels of `u - i v = 1 - (a / z)^2 - i circulation / (2 pi z)` with the pressure of Bernoulli."""
    z = _way()[0] + 1j * _way()[1]
    z = np.where(np.abs(z) > 0.25, z, 1.0)
    velocity = 1 - (0.5 / z) ** 2 + circulation / (2j * np.pi * z)
    return np.stack([velocity.real, -velocity.imag, (1 - np.abs(velocity) ** 2) / 2], axis=-1).astype(np.float32)[None]


def test_circulation_lifts_as_kutta_and_joukowski_have_it():
    found = force_coefficients(_lifting_potential_flow(1.5), _circle(20.0), cells_per_length=N)
    np.testing.assert_allclose(found, [[0.0, -2 * 1.5]], atol=0.02)


def test_point_force_in_creeping_flow_is_found():
    """A Stokeslet of strength 4 pi mu e: the body feels its opposite, by pressure and by friction."""
    reynolds, (x, y) = 1e-3, _way()
    radius = np.maximum(np.hypot(x, y), 0.25)
    u = -np.log(radius) + (x / radius) ** 2
    v, p = x * y / radius**2, 2 * x / radius**2 / reynolds
    fields = np.stack([u, v, p], axis=-1).astype(np.float32)[None]
    found = force_coefficients(fields, _circle(reynolds), cells_per_length=N)
    np.testing.assert_allclose(found * reynolds / (8 * np.pi), [[-1.0, 0.0]], atol=0.02)


def test_what_the_solid_holds_does_not_matter():
    fields, inputs = _lifting_potential_flow(1.0), _circle(20.0)
    expected = force_coefficients(fields, inputs, cells_per_length=N)
    fields[~inputs.mask] = np.nan
    np.testing.assert_allclose(force_coefficients(fields, inputs, cells_per_length=N), expected, atol=1e-3)


def test_forces_of_a_body_with_corners_are_those_exchanged_with_its_wall(solved):
    drag, lift = force_coefficients(solved.fields, solved.inputs, cells_per_length=solved.cells_per_length).T
    np.testing.assert_allclose(drag, solved.drag_coefficient, rtol=0.01)
    np.testing.assert_allclose(lift, solved.lift_coefficient, atol=0.01 * drag.min())


def test_flows_are_taken_one_by_one(solved):
    alone = [
        force_coefficients(flow.fields, flow.inputs, cells_per_length=flow.cells_per_length)
        for flow in (solved.take(slice(i, i + 1)) for i in range(len(solved)))
    ]
    together = force_coefficients(solved.fields, solved.inputs, cells_per_length=solved.cells_per_length)
    np.testing.assert_array_equal(together, np.concatenate(alone))


def test_open_flow_has_no_force():
    assert force_coefficients(_lifting_potential_flow(0.0), OPEN, cells_per_length=N).tolist() == [[0.0, 0.0]]


def test_body_without_room_around_it_is_refused():
    near = FlowInputs.of(_circle(20.0).sdf[:, 14:], np.array([20.0], np.float32))
    with pytest.raises(InputError, match=r"^sdf: of flow 0 comes within 2.3 cells of an edge.*need 4.5"):
        force_coefficients(_lifting_potential_flow(0.0)[:, 14:], near, cells_per_length=N)


def test_pressure_is_carried_to_the_wall():
    """On a circle in potential flow `c_p = 1 - 4 sin^2`."""
    (found,) = surface_pressure(_lifting_potential_flow(0.0), _circle(20.0), cells_per_length=N)
    x, y = (found.points - CENTRE).T
    np.testing.assert_allclose(found.pressure_coefficient, 1 - 4 * (y / np.hypot(x, y)) ** 2, atol=0.2)
    assert found.areas.sum() == pytest.approx(np.pi, rel=0.01)


def test_flow_without_a_wall_has_no_surface():
    with pytest.raises(InputError, match=r"^sdf: changes its sign nowhere"):
        surface_pressure(_lifting_potential_flow(0.0), OPEN, cells_per_length=N)
