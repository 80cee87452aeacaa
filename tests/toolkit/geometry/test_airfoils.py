import numpy as np
import pytest

from emulax.core.errors import InputError
from emulax.core.resources import folder
from emulax.geometry import naca4, read_airfoil
from emulax.geometry.outline import signed_area


def write(path, title, rows):
    body = "\n".join(" ".join(f"{v:.9f}" for v in row) if len(row) else "" for row in rows)
    path.write_text(f"{title}\n{body}\n" if title else body)
    return path


def lednicer(points):
    nose = len(points) // 2
    upper, lower = points[: nose + 1][::-1], points[nose:]
    return [[len(upper), len(lower)], [], *upper, [], *lower]


def refusal(path):
    with pytest.raises(InputError) as caught:
        read_airfoil(path)
    return str(caught.value)


def test_symmetric_section_has_the_tabulated_thickness():
    # NACA report 460, table of the 0012: ordinate 6.002 % chord at 30 %, 5.294 % at 50 %.
    section = naca4("0012", closed_trailing_edge=False, points=2001)
    upper = section[:1001][::-1]
    np.testing.assert_allclose(np.interp([0.3, 0.5], *upper.T), [0.06002, 0.05294], atol=1e-5)


def test_cambered_section_has_its_camber_at_its_position():
    section = naca4("2412", points=2001)
    upper, lower = section[:1001][::-1], section[1000:]
    x = np.linspace(0.2, 0.6, 401)
    camber = 0.5 * (np.interp(x, *upper.T) + np.interp(x, *lower.T))
    assert camber.max() == pytest.approx(0.02, abs=2e-5)
    assert x[camber.argmax()] == pytest.approx(0.4, abs=0.01)


def test_mean_line_is_smooth_across_its_highest_point():
    section = naca4("4412", points=4001)
    slope = np.gradient(section[:2001, 1], section[:2001, 0])
    near = np.abs(section[:2001, 0] - 0.4) < 0.01
    assert np.ptp(slope[near]) < 0.02


def test_closed_trailing_edge_meets():
    section = naca4("0012")
    np.testing.assert_allclose(section[0], section[-1], atol=1e-15)


def test_open_trailing_edge_has_the_original_gap():
    section = naca4("0012", closed_trailing_edge=False)
    assert section[0, 1] - section[-1, 1] == pytest.approx(2 * 0.00126, abs=1e-6)


def test_order_is_upper_surface_first():
    section = naca4("0012", points=11)
    assert section.shape == (11, 2)
    assert section[2, 1] > 0 > section[-3, 1]


@pytest.mark.parametrize("code", ["", "12", "001", "00123", "00a2", "2012", "0400", "0000", "-012"])
def test_bad_codes_are_refused(code):
    with pytest.raises(InputError, match="code"):
        naca4(code)


@pytest.mark.parametrize("points", [0, 3, 40])
def test_bad_numbers_of_points_are_refused(points):
    with pytest.raises(InputError, match="points"):
        naca4("0012", points=points)


def test_selig_file_round_trip(tmp_path):
    section = naca4("2412", points=41)
    read = read_airfoil(write(tmp_path / "a.dat", "NACA 2412", section))
    np.testing.assert_allclose(read, section[:-1], atol=1e-8)


def test_lednicer_file_gives_the_same_outline_as_selig(tmp_path):
    section = naca4("2412", points=41)
    selig = read_airfoil(write(tmp_path / "a.dat", "NACA 2412", section))
    read = read_airfoil(write(tmp_path / "b.dat", "NACA 2412", lednicer(section)))
    np.testing.assert_array_equal(read, selig)


def test_title_may_be_missing(tmp_path):
    assert len(read_airfoil(write(tmp_path / "a.dat", "", naca4("0012", points=41)))) == 40


def test_lower_surface_first_becomes_counter_clockwise(tmp_path):
    assert signed_area(read_airfoil(write(tmp_path / "a.dat", "x", naca4("0012", points=41)[::-1]))) > 0


def test_blunt_trailing_edge_is_closed(tmp_path):
    section = naca4("0012", points=41, closed_trailing_edge=False)
    assert len(read_airfoil(write(tmp_path / "a.dat", "x", section))) == 41


def test_wide_open_trailing_edge_is_refused(tmp_path):
    assert "open" in refusal(write(tmp_path / "a.dat", "x", naca4("0012", points=41)[6:]))


def test_lednicer_counts_that_do_not_match_are_refused(tmp_path):
    rows = lednicer(naca4("0012", points=41))[:-5]
    assert "announces 21 + 21 points (Lednicer), holds 37" in refusal(write(tmp_path / "a.dat", "x", rows))


def test_shipped_section_is_the_generated_one():
    read = read_airfoil(folder("shapes") / "naca0012.dat")
    np.testing.assert_allclose(read, naca4("0012")[:-1], atol=1e-7)
