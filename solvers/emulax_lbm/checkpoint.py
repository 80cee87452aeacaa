"""The state of a run on disk.

A checkpoint is a numpy archive of plain arrays: the state, the engine that made it, and digests of what is compiled in
and of the cases, so that no other run can go on from it. It is written under a temporary name, flushed to disk and
renamed: what lies under its name is whole. The archive's check sums tell a damaged file.
"""

from __future__ import annotations

import hashlib
import os
import struct
import zipfile
import zlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import fields
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np

from emulax_lbm.errors import CaseError
from emulax_lbm.setup import Parameters, Setup, State

VERSION = 1
"""Version of the format."""

Contents = Mapping[str, np.ndarray]

_DAMAGED = (ValueError, EOFError, RuntimeError, struct.error, zipfile.BadZipFile, zlib.error)
"""What reading raises where the bytes are not those of an archive."""


def write_checkpoint(path: Path, setup: Setup, parameters: Parameters, state: State, *, engine: str) -> None:
    """Write a checkpoint, over one that is there.

    Args:
        path: Its name.
        setup: Of the run.
        parameters: Of the run.
        state: What to keep.
        engine: Identity of the engine, see `engine_identity`.

    Raises:
        CaseError: It cannot be written.
    """
    arrays = {"version": VERSION, "engine": engine, **_digests(setup, parameters), **_arrays(state)}
    if not path.name:
        raise CaseError("checkpoint", f"{path} cannot be written: it is no name of a file")
    temporary = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with temporary.open("wb") as stream:
            np.savez(stream, **arrays)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    except (OSError, ValueError) as error:  # the latter for a name with a zero in it
        with suppress(OSError, ValueError):
            temporary.unlink()
        why = getattr(error, "strerror", None) or error
        raise CaseError("checkpoint", f"{path} cannot be written: {why}") from error


def read_checkpoint(path: Path) -> Contents:
    """Read a checkpoint whole.

    Raises:
        CaseError: It is missing, damaged, no checkpoint, or one of another format.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            damaged = archive.testzip()
        if damaged:
            raise zipfile.BadZipFile(damaged)
        with np.load(path, allow_pickle=False) as arrays:
            contents = dict(arrays)
    except OSError as error:
        raise CaseError("checkpoint", f"{path} cannot be read: {error.strerror or error}") from error
    except _DAMAGED as error:
        raise CaseError("checkpoint", f"{path} is damaged or no checkpoint: start from another one") from error
    if not {"version", "engine"} <= contents.keys():
        raise CaseError("checkpoint", f"{path} is no checkpoint of this solver")
    if not np.array_equal(contents["version"], VERSION):
        raise CaseError("checkpoint", f"{path} has format {contents['version']}, must have {VERSION}: run it anew")
    return contents


def restored_state(path: Path, contents: Contents, setup: Setup, parameters: Parameters, like: State) -> State:
    """The state of a checkpoint, for a run of the same cases.

    Args:
        path: Where the checkpoint came from.
        contents: What was read there.
        setup: Of the run.
        parameters: Of the run.
        like: Any state of the run.

    Raises:
        CaseError: The checkpoint is that of other cases, and the text says in what they differ; or it lacks the state.
    """
    other = [name for name, digest in _digests(setup, parameters).items() if contents.get(name) != digest]
    if other:
        named = ", ".join(name.partition(".")[2] for name in other)
        raise CaseError("checkpoint", f"{path} was made from other cases, which differ in: {named}")
    expected = _arrays(like)
    for name, array in expected.items():
        found = contents.get(name)
        if found is None or (found.shape, found.dtype) != (array.shape, array.dtype):
            raise CaseError("checkpoint", f"{path} is damaged: its {name} is not that of a run of these cases")
    return jax.tree.unflatten(jax.tree.structure(like), [jnp.asarray(contents[name]) for name in expected])


def _digests(setup: Setup, parameters: Parameters) -> dict[str, str]:
    """A digest of everything that is compiled in, and of every parameter."""
    compiled = {f"setup.{field.name}": repr(getattr(setup, field.name)).encode() for field in fields(setup)}
    found = {name: hashlib.sha256(text).hexdigest() for name, text in compiled.items()}
    for name, values in parameters._asdict().items():
        digest = hashlib.sha256()
        for leaf in map(np.asarray, jax.tree.leaves(values)):
            digest.update(f"{leaf.dtype}{leaf.shape}".encode())
            digest.update(leaf.tobytes())
        found[f"parameters.{name}"] = digest.hexdigest()
    return found


def _arrays(state: State) -> dict[str, np.ndarray]:
    """The arrays of a state by their place in it."""
    leaves, _ = jax.tree_util.tree_flatten_with_path(state)
    return {f"state{jax.tree_util.keystr(place)}": np.asarray(leaf) for place, leaf in leaves}
