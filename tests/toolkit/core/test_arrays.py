import numpy as np
import pytest

from emulax.core.arrays import read_arrays
from emulax.core.errors import InputError


@pytest.fixture
def numbers(rng):
    return rng.normal(size=(30, 40))


@pytest.fixture
def path(tmp_path, numbers):
    """Two arrays on disk."""
    path = tmp_path / "arrays.npz"
    np.savez_compressed(path, a=numbers, b=np.array(["x", "yz"]))
    return path


def test_arrays_are_read_by_name(path, numbers):
    found = read_arrays(path)
    np.testing.assert_array_equal(found["a"], numbers)
    assert found["b"].tolist() == ["x", "yz"]


def _cut(whole: bytes) -> bytes:
    return whole[:-40]


def _flip(whole: bytes) -> bytes:
    """One bit in the middle of the compressed numbers."""
    return whole[:4000] + bytes([whole[4000] ^ 1]) + whole[4001:]


@pytest.mark.parametrize("damage", [lambda _: b"", lambda _: b"PK", lambda _: b"some text", _cut, _flip])
def test_damaged_files_are_refused_by_name(path, damage):
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(InputError, match=r"arrays\.npz: is missing or damaged"):
        read_arrays(path)


def test_missing_files_are_refused_by_name(tmp_path):
    with pytest.raises(InputError, match=r"none\.npz: is missing or damaged"):
        read_arrays(tmp_path / "none.npz")
