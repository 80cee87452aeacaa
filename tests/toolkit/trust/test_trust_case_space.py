import numpy as np

from emulax.trust.nulls.case_space import shape_vectors, with_reynolds


def _distance(first, second):
    return np.linalg.norm(first[0] - second[0])


def test_shape_distance_is_the_root_mean_square_difference():
    sdf = np.linspace(-0.3, 0.6, 12, dtype=np.float32).reshape(1, 3, 4)
    np.testing.assert_allclose(_distance(shape_vectors(sdf), shape_vectors(sdf + np.float32(0.2))), 0.2, rtol=1e-5)


def test_cells_farther_than_one_length_say_nothing():
    far = np.full((1, 3, 4), 1.0, np.float32)
    assert _distance(shape_vectors(far), shape_vectors(far + 2)) == 0


def test_reynolds_numbers_differ_by_their_ratio():
    shapes, ten, thirty = np.zeros((1, 5), np.float32), np.array([10], np.float32), np.array([30], np.float32)
    found = _distance(with_reynolds(shapes, ten, 0.2), with_reynolds(shapes, thirty, 0.2))
    np.testing.assert_allclose(found, 0.2 * np.log(3), rtol=1e-6)
