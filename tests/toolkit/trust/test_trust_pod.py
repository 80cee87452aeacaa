import numpy as np
import pytest

from emulax.trust.nulls.pod import Pod


@pytest.fixture
def snapshots():
    """Thirty snapshots of rank five with falling energies, on more cells than one block of the Gram matrix."""
    rng = np.random.default_rng(0)
    basis = np.linalg.qr(rng.normal(size=(5000, 5)))[0].T
    return (3.0 + rng.normal(size=(30, 5)) * [100, 30, 10, 3, 1] @ basis).astype(np.float32)


def test_modes_are_orthonormal(snapshots):
    modes = Pod.fit(snapshots, max_modes=5).modes
    np.testing.assert_allclose(modes @ modes.T, np.eye(5), atol=1e-4)


def test_all_modes_reconstruct_the_snapshots(snapshots):
    pod = Pod.fit(snapshots)
    np.testing.assert_allclose(pod.reconstruct(pod.project(snapshots)), snapshots, atol=1e-3)


def test_kept_energy_is_the_least_that_suffices(snapshots):
    pod = Pod.fit(snapshots, energy=0.95)
    centred = (snapshots - snapshots.mean(axis=0)).astype(np.float64)
    energies = np.linalg.svd(centred, compute_uv=False) ** 2
    share = np.cumsum(energies) / energies.sum()
    assert share[len(pod.modes) - 2] < 0.95 <= share[len(pod.modes) - 1]


def test_truncated_error_is_the_discarded_energy(snapshots):
    pod = Pod.fit(snapshots, max_modes=2)
    residual = pod.reconstruct(pod.project(snapshots)) - snapshots
    centred = (snapshots - snapshots.mean(axis=0)).astype(np.float64)
    discarded = (np.linalg.svd(centred, compute_uv=False)[2:] ** 2).sum()
    np.testing.assert_allclose((residual.astype(np.float64) ** 2).sum(), discarded, rtol=1e-3)


def test_identical_snapshots_have_no_modes():
    assert len(Pod.fit(np.ones((4, 10), np.float32)).modes) == 0
