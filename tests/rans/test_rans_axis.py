"""Operators along an axis: exact for straight lines, whatever the cells."""

import jax.numpy as jnp
import numpy as np
import pytest

from emulax_rans import Section
from emulax_rans.axis import axis_of

FACES = np.array([0.0, 0.5, 0.9, 1.2, 1.4])
OTHER = np.array([0.0, 1.0, 2.0])


@pytest.fixture(params=["y", "z"])
def along(request):
    """An axis with a symmetry plane below and a wall above, and how to lay a profile along it."""
    wall = frozenset({f"high_{request.param}"})
    section = Section(FACES, OTHER, wall) if request.param == "y" else Section(OTHER, FACES, wall)
    turn = (lambda a: a) if request.param == "y" else (lambda a: a.T)
    return axis_of(section, request.param), lambda profile: jnp.asarray(turn(np.tile(profile, (2, 1)))), turn


CENTRES = 0.5 * (FACES[1:] + FACES[:-1])


def test_inner_faces_and_slopes_of_a_line(along):
    axis, lay, turn = along
    line = lay(3.0 - 2.0 * CENTRES)
    np.testing.assert_allclose(turn(np.asarray(axis.inner(line)))[0], 3.0 - 2.0 * FACES[1:-1])
    np.testing.assert_allclose(axis.slope(line), -2.0)


def test_even_fields_vanish_at_walls_and_go_on_beyond_symmetry(along):
    axis, lay, turn = along
    faces = turn(np.asarray(axis.even(lay(1.0 + CENTRES))))[0]
    assert (faces[0], faces[-1]) == (1.0 + CENTRES[0], 0.0)


def test_odd_fields_vanish_at_both_sides(along):
    axis, lay, turn = along
    faces = turn(np.asarray(axis.odd(lay(1.0 + CENTRES))))[0]
    assert (faces[0], faces[-1]) == (0.0, 0.0)


def test_gradient_at_a_wall_is_that_to_zero_there(along):
    axis, lay, turn = along
    slopes = turn(np.asarray(axis.gradient(lay(FACES[-1] - CENTRES))))[0]
    np.testing.assert_allclose(slopes, [0.0, -1.0, -1.0, -1.0, -1.0])


def test_gradient_at_a_wall_is_exact_for_a_parabola(along):
    axis, lay, turn = along
    distance = FACES[-1] - CENTRES
    slopes = turn(np.asarray(axis.gradient(lay(3.0 * distance + 2.0 * distance**2))))[0]
    assert slopes[-1] == pytest.approx(-3.0)


def test_divergence_sums_to_what_crosses_the_sides(along, rng):
    axis, lay, turn = along
    faces = rng.standard_normal(len(FACES))
    lost = axis.divergence(lay(faces)) * axis.width
    np.testing.assert_allclose(turn(np.asarray(lost)).sum(1), faces[-1] - faces[0])


def test_divergence_of_a_line_at_faces_is_its_slope(along):
    axis, lay, _ = along
    np.testing.assert_allclose(axis.divergence(lay(5.0 * FACES)), 5.0)
