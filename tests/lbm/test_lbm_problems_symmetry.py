"""The eight images of a square, and that the box they are taken of has none of their symmetries."""

from dataclasses import replace

import numpy as np
import pytest

from emulax_lbm import Edges, PressureOutlet, Wall, rotation
from emulax_lbm.problems import SQUARE_SYMMETRIES, SquareSymmetry, laminar_cases, lopsided_box

EVERY = pytest.mark.parametrize("symmetry", SQUARE_SYMMETRIES, ids=str)
TURN, MIRROR = SquareSymmetry(1), SquareSymmetry(0, mirrored=True)


def _positions(n):
    centred = np.arange(n) - 0.5 * (n - 1)
    return np.stack(np.meshgrid(centred, centred), axis=-1)


@EVERY
def test_field_of_positions_is_its_own_image(symmetry):
    np.testing.assert_array_equal(symmetry.vectors(_positions(5)), _positions(5))


def test_turn_leads_from_x_to_y():
    x, y = np.moveaxis(_positions(4), -1, 0)
    assert TURN.vector(1.0, 0.0) == (0.0, 1.0)
    np.testing.assert_array_equal(TURN.scalars(x), y)
    np.testing.assert_array_equal(MIRROR.scalars(x + y), y - x)


def test_images_of_the_box_all_differ():
    case = lopsided_box(12)
    images = [symmetry.case(case) for symmetry in SQUARE_SYMMETRIES]
    assert len({(image.edges, image.body_force, image.sdf.tobytes()) for image in images}) == 8


def test_edges_and_force_turn_along():
    image = TURN.case(lopsided_box(12))
    assert image.edges == Edges(left=Wall(), right=Wall((0.0, 1.0)), bottom=Wall(), top=Wall())
    assert image.body_force == (0.5, 1.0)
    assert MIRROR.case(lopsided_box(12)).edges.bottom == Wall((-1.0, 0.0))


def test_moving_walls_and_the_centre_of_moments_turn_along():
    velocity = rotation((12, 12), (0.25, 0.5), 12, 1.0)
    case = replace(lopsided_box(12), wall_velocity=velocity, moment_centre=(0.25, 0.5))
    turned, mirrored = TURN.case(case), MIRROR.case(case)
    np.testing.assert_allclose(turned.wall_velocity, rotation((12, 12), (0.5, 0.25), 12, 1.0), atol=1e-15)
    np.testing.assert_allclose(mirrored.wall_velocity, rotation((12, 12), (0.75, 0.5), 12, -1.0), atol=1e-15)
    assert (turned.moment_centre, mirrored.moment_centre) == ((0.5, 0.25), (0.75, 0.5))


def test_laminar_cases_use_every_edge_and_lattice():
    cases = laminar_cases(precision="float64").values()
    edges = {type(edge).__name__ for case in cases for _, edge in case.edges.along(case.dimensions)}
    assert edges == {"Wall", "Periodic", "FreeSlip", "VelocityInlet", "PressureOutlet"}
    assert {case.velocity_set.name for case in cases} == {"D2Q9", "D3Q19", "D3Q27"}
    assert {case.precision for case in cases} == {"float64"}
    assert any(case.body_force for case in cases)
    through = [case for case in cases if isinstance(case.edges.right, PressureOutlet)]
    assert {case.walls for case in through} == {"bouzidi", "bouzidi-quadratic"}
    assert any(case.wall_velocity is not None for case in through)
