"""How extrema are read off the centre lines."""

import numpy as np
import pytest

from emulax_lbm.problems import CAVITY_100, CAVITY_1000, cavity, centre_lines
from emulax_lbm.problems.cavity import between_cells, maximum


def test_face_value_of_a_cubic_is_exact():
    x = np.arange(8) + 0.5 - 4.0
    cubic = np.array([[1.0], [2.0]]) * (3.0 + x - 2.0 * x**2 + 0.5 * x**3)
    np.testing.assert_allclose(between_cells(cubic), [3.0, 6.0], rtol=1e-14)


def test_maximum_of_a_quartic_between_the_cells_is_exact():
    x = np.arange(9.0)
    assert maximum(5.0 - (x - 4.3) ** 4 - (x - 4.3) ** 2) == pytest.approx(5.0, rel=1e-12)


def test_maximum_at_the_end_stays_there():
    assert maximum(np.arange(9.0) ** 2) == pytest.approx(64.0)


def test_maximum_of_what_has_diverged_is_not_a_number():
    assert np.isnan(maximum(np.array([1.0, 2.0, np.nan, 1.0, 0.0])))


def test_extrema_are_found_on_their_lines_with_their_signs():
    phase = 2.0 * np.pi * (np.arange(64) + 0.5) / 64
    x, y = np.meshgrid(phase, phase)
    # Off the centre lines x = pi and y = pi both are larger than on them.
    u = (1.5 + np.cos(x)) * (0.2 * np.sin(y - 0.3))
    v = (1.5 + np.cos(y)) * (0.1 + 0.3 * np.sin(x - 0.2))
    found = centre_lines(np.stack([u, v], axis=-1))
    assert (found.u_min, found.v_max, found.v_min) == pytest.approx((-0.1, 0.2, -0.1), abs=1e-5)


def test_lid_slides_to_the_right_over_walls_at_rest():
    case = cavity(32, 100.0)
    assert (case.edges.top.velocity, case.edges.bottom.velocity) == ((1.0, 0.0), ())
    assert (case.reynolds, case.cells_per_length, case.precision) == (100.0, 32, "float64")


def test_references_have_the_signs_of_a_lid_that_slides_to_the_right():
    for reference in (CAVITY_100, CAVITY_1000):
        assert reference.u_min < 0.0 < reference.v_max < -reference.v_min
