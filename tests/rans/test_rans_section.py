"""Grids of channels and ducts."""

import numpy as np
import pytest

from emulax_rans import CaseError, Section, clustered, duct_quadrant, half_channel


def test_faces_cluster_at_the_wall_to_the_height_asked_for():
    faces = clustered(2.0, 30, 0.001)
    assert (faces[0], faces[-1]) == (0.0, pytest.approx(2.0))
    assert np.diff(faces)[-1] == pytest.approx(0.001)
    assert (np.diff(faces, 2) < 0.0).all()


def test_equal_cells_are_the_coarsest_at_the_wall():
    np.testing.assert_allclose(np.diff(clustered(1.0, 10, 0.1)), 0.1)


@pytest.mark.parametrize("first", [0.0, -0.1, 0.2, np.nan])
def test_a_first_cell_that_does_not_fit_is_refused(first):
    with pytest.raises(CaseError, match="first: is"):
        clustered(1.0, 10, first)


def test_wall_distance_in_a_corner_is_that_to_the_nearer_wall():
    section = duct_quadrant(8, first=0.05, aspect_ratio=2.0)
    z, y = section.centres
    np.testing.assert_allclose(section.wall_distance, np.minimum(1.0 - y, 2.0 - z))


def test_a_channel_has_one_wall():
    section = half_channel(8, first=0.05)
    assert section.shape == (1, 8)
    assert section.wall_cells.sum() == 1
    np.testing.assert_allclose(section.wall_distance[0], 1.0 - section.centres[1][0])


def test_areas_add_up():
    assert duct_quadrant(8, first=0.05, aspect_ratio=3.0).area.sum() == pytest.approx(3.0)


@pytest.mark.parametrize(
    ("y", "walls", "named"),
    [
        ([0.0], {"high_y"}, "y: must hold two or more faces"),
        ([0.0, 1.0, 0.5], {"high_y"}, "y: must hold two or more faces"),
        ([0.0, np.nan], {"high_y"}, "y: must hold two or more faces"),
        ([0.0, 1.0], set(), "walls: are none"),
        ([0.0, 1.0], {"top"}, "walls: are top"),
    ],
)
def test_what_is_no_section_is_refused(y, walls, named):
    with pytest.raises(CaseError, match=named):
        Section(np.array(y), np.array([0.0, 1.0]), frozenset(walls))
