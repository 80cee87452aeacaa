"""Errors and maps of the anisotropy of the Reynolds stress."""

import numpy as np
import pytest

from emulax.metrics import anisotropy_rmse, barycentric

ALL = np.ones(4, bool)


def test_rmse_counts_all_nine_components(rng):
    truth = rng.standard_normal((4, 3, 3))
    off = truth.copy()
    off[:, 0, 1] += 0.3
    assert anisotropy_rmse(off, truth, valid=ALL) == pytest.approx(0.1)


def test_rmse_looks_at_valid_cells_alone(rng):
    truth = rng.standard_normal((4, 3, 3))
    off = truth + np.array([0.0, 1.0, 2.0, 50.0])[:, None, None]
    valid = np.array([True, True, True, False])
    assert anisotropy_rmse(off, truth, valid=valid) == pytest.approx(np.sqrt(5.0 / 3.0))


def test_rmse_weighs_cells(rng):
    truth = rng.standard_normal((4, 3, 3))
    off = truth + np.array([0.0, 1.0, 2.0, 3.0])[:, None, None]
    weight = np.array([1.0, 3.0, 0.0, 0.0])
    assert anisotropy_rmse(off, truth, valid=ALL, weight=weight) == pytest.approx(np.sqrt(0.75))


@pytest.mark.parametrize(
    ("stress", "shares"),
    [((1.0, 0.0, 0.0), (1, 0, 0)), ((0.5, 0.5, 0.0), (0, 1, 0)), ((1.0 / 3.0,) * 3, (0, 0, 1))],
)
def test_corners_of_the_triangle(stress, shares):
    b = np.diag(stress)[None] - np.eye(3) / 3.0
    np.testing.assert_allclose(barycentric(b)[0], shares, atol=1e-12)


def test_shares_sum_to_one_in_any_frame(rng):
    root = rng.standard_normal((50, 3, 3))
    stress = root @ np.swapaxes(root, 1, 2)
    b = stress / np.trace(stress, axis1=1, axis2=2)[:, None, None] - np.eye(3) / 3.0
    frame, _ = np.linalg.qr(rng.standard_normal((3, 3)))
    shares = barycentric(b)
    np.testing.assert_allclose(shares.sum(1), 1.0)
    assert shares.min() >= -1e-12
    np.testing.assert_allclose(barycentric(frame @ b @ frame.T), shares, atol=1e-12)


def test_a_share_is_negative_where_b_is_not_realizable():
    assert barycentric(np.diag([0.8, -0.4, -0.4])[None]).min() < 0.0
