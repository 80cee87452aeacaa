import numpy as np
import pytest

from emulax.core.errors import InputError
from emulax.geometry import check_outline
from emulax.geometry.outline import signed_area

SQUARE = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0], [0.0, 0.0]])


def circle(count, gap=0.0):
    angles = np.linspace(0, 2 * np.pi - gap, count)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1)


def refusal(points):
    with pytest.raises(InputError) as caught:
        check_outline(np.asarray(points, np.float64), "wing.csv")
    return str(caught.value)


def test_closing_point_is_dropped():
    np.testing.assert_array_equal(check_outline(SQUARE, "x"), SQUARE[:-1])


def test_consecutive_duplicates_are_dropped():
    np.testing.assert_array_equal(check_outline(np.repeat(SQUARE, 3, axis=0), "x"), SQUARE[:-1])


def test_clockwise_outline_is_turned_counter_clockwise():
    assert signed_area(check_outline(SQUARE[::-1], "x")) == 1.0


def test_small_gap_is_closed_by_an_edge():
    assert len(check_outline(circle(200, gap=0.03), "x")) == 200


def test_open_outline_is_refused():
    assert "open" in refusal(circle(200, gap=0.1))


def test_open_curve_is_refused():
    assert "open" in refusal(circle(50, gap=np.pi))


@pytest.mark.parametrize("points", [np.zeros((0, 2)), SQUARE[:1], SQUARE[[0, 1, 0]], np.ones((9, 2))])
def test_too_few_points_are_refused(points):
    assert "at least 3" in refusal(points)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_values_that_are_not_finite_are_refused(value):
    points = SQUARE.copy()
    points[2, 1] = value
    assert "point 3" in refusal(points)


def test_points_on_one_line_are_refused():
    line = np.linspace(0, 1, 5)[:, None] * np.array([[1.0, 2.0]])
    assert "no area" in refusal(np.concatenate([line, line[::-1]]))


def test_bow_tie_is_refused():
    assert "self-intersecting" in refusal([[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]])


def test_loop_within_a_long_outline_is_refused_and_located():
    points = np.roll(circle(301)[:-1], 37, axis=0)
    points[[100, 101]] = points[[101, 100]]
    assert "edges 100 and 102 meet" in refusal(np.concatenate([points, points[:1]]))


def test_spike_through_the_opposite_side_is_refused():
    points = np.roll(circle(301)[:-1], 37, axis=0)
    points[120] = -1.5 * points[120]
    assert "self-intersecting" in refusal(np.concatenate([points, points[:1]]))


def test_outline_through_one_point_twice_is_refused():
    assert "self-intersecting" in refusal([[0, 0], [1, -1], [2, 0], [1, 0], [2, 1], [0, 1], [1, 0], [0, 0]])


def test_edge_folded_back_on_itself_is_refused():
    assert "self-intersecting" in refusal([[0, 0], [1, 0], [1, 1], [2, 1], [1, 1], [0, 1], [0, 0]])


def test_wiggly_simple_outline_is_accepted():
    angles = np.linspace(0, 2 * np.pi, 1001)
    radius = 1 + 0.4 * np.cos(40 * angles)
    points = radius[:, None] * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    assert len(check_outline(points, "x")) == 1000


def test_message_names_the_source_on_one_line():
    message = refusal(circle(50, gap=np.pi))
    assert message.startswith("wing.csv: ")
    assert "\n" not in message
