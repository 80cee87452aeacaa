"""Shards: NetCDF4 files of a few dozen samples, written atomically and byte for byte reproducibly."""

from __future__ import annotations

import hashlib
from pathlib import Path

import xarray as xr

from emulax.core.errors import InputError
from emulax.core.files import atomic_path
from emulax.data.dataset import encoding, from_dataset, to_dataset
from emulax.data.flows import FlowData
from emulax.data.schema import SCHEMA_VERSION

READ_ERRORS = (OSError, RuntimeError, ValueError, KeyError)
"""What HDF5, h5netcdf and xarray raise on a file that is not, or is no longer, what it should be."""


def write_netcdf(path: Path, dataset: xr.Dataset) -> str:
    """Write `dataset` to `path` as NetCDF4 and return the file's SHA-256.

    The bytes depend on the data and the library versions alone, not on time, host or path. They are made in
    memory, since HDF5 has no orderly way out when the disk fills under a file that it holds open.

    Raises:
        RunError: The file could not be written (disk full, permission lost).
    """
    content = bytes(dataset.to_netcdf(engine="h5netcdf", encoding=encoding(dataset)))
    with atomic_path(path) as temporary:
        temporary.write_bytes(content)
    return hashlib.sha256(content).hexdigest()


def write_shard(path: Path, flows: FlowData) -> str:
    """Write `flows` to the shard `path` and return its SHA-256.

    Raises:
        RunError: The file could not be written (disk full, permission lost).
    """
    return write_netcdf(path, to_dataset(flows))


def open_shard(path: Path, *, sha256: str | None = None) -> xr.Dataset:
    """Open a shard lazily, after comparing it with its checksum where one is given; the caller closes it.

    Raises:
        InputError: The shard is missing, damaged or of another schema version.
    """
    path = Path(path)
    try:
        with path.open("rb") as stream:
            intact = sha256 is None or hashlib.file_digest(stream, "sha256").hexdigest() == sha256
    except OSError as error:
        raise InputError(str(path), f"cannot be read: {error.strerror}", "run generate again") from error
    if not intact:
        raise _damaged(path)
    try:
        dataset = xr.open_dataset(path, engine="h5netcdf")
    except READ_ERRORS as error:
        raise _damaged(path) from error
    version = dataset.attrs.get("schema_version")
    if version != SCHEMA_VERSION:
        dataset.close()
        raise InputError(str(path), f"has schema version {version}, supported is {SCHEMA_VERSION}", "generate it again")
    return dataset


def read_shard(path: Path, *, sha256: str | None = None) -> FlowData:
    """Read a whole shard into memory.

    Raises:
        InputError: The shard is missing, damaged or of another schema version.
    """
    with open_shard(path, sha256=sha256) as dataset:
        try:
            return from_dataset(dataset)
        except READ_ERRORS as error:
            raise _damaged(Path(path)) from error


def _damaged(path: Path) -> InputError:
    return InputError(str(path), "is truncated or damaged", "delete it and run generate again")
