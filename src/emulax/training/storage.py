"""A tree of arrays in an orbax folder, with what is needed to know it again."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import jax
import orbax.checkpoint as ocp

from emulax.core.errors import InputError, RunError

Tree = TypeVar("Tree")


@dataclass(frozen=True)
class SavedTree:
    """A tree as it was written.

    Args:
        folder: Name of its folder.
        epoch: The epoch it belongs to.
        arrays: Type and shape of each array.
        files: SHA-256 of each file.
    """

    folder: str
    epoch: int
    arrays: Mapping[str, str]
    files: Mapping[str, str]


def write_tree(folder: Path, epoch: int, tree: Any) -> SavedTree:
    """Write the arrays of `tree` to the new folder `folder`.

    Raises:
        RunError: The disk is full, or permission was lost.
    """
    arrays = _named(tree)
    try:
        with _quiet(), ocp.Checkpointer(ocp.StandardCheckpointHandler()) as checkpointer:
            checkpointer.save(folder.absolute(), args=ocp.args.StandardSave(arrays))
        files = {str(path.relative_to(folder)): _sha256(path) for path in sorted(folder.rglob("*")) if path.is_file()}
    except (OSError, ValueError) as error:
        raise RunError(f"{folder}: cannot be written: {_first_line(error)}") from error
    return SavedTree(folder.name, epoch, _describe(arrays), files)


def read_tree(parent: Path, saved: SavedTree, template: Tree) -> Tree:
    """Read a tree with the structure of `template` from its folder in `parent`.

    Raises:
        InputError: The folder is damaged, or holds a tree of another structure.
    """
    folder = parent / saved.folder
    wanted = _named(template)
    _check_arrays(folder, saved=saved.arrays, wanted=_describe(wanted))
    _check_files(folder, saved.files)
    abstract = {name: jax.ShapeDtypeStruct(x.shape, x.dtype, sharding=x.sharding) for name, x in wanted.items()}
    with _quiet(), ocp.Checkpointer(ocp.StandardCheckpointHandler()) as checkpointer:
        arrays = checkpointer.restore(folder.absolute(), args=ocp.args.StandardRestore(abstract))
    return jax.tree.unflatten(jax.tree.structure(template), [arrays[name] for name in wanted])


def damaged(path: Path, problem: str) -> InputError:
    """The error for a file or folder that is not what was written."""
    return InputError(str(path), f"is damaged: {problem}", "restore it from a copy, or train again in a new directory")


def _named(tree: Any) -> dict[str, jax.Array]:
    """The leaves of a tree under names that say where they sit."""
    leaves, _ = jax.tree_util.tree_flatten_with_path(tree)
    return {jax.tree_util.keystr(path, simple=True, separator="/"): leaf for path, leaf in leaves}


def _describe(arrays: Mapping[str, jax.Array]) -> dict[str, str]:
    return {name: f"{array.dtype}{list(array.shape)}" for name, array in arrays.items()}


def _check_arrays(folder: Path, *, saved: Mapping[str, str], wanted: Mapping[str, str]) -> None:
    for name in sorted({*saved, *wanted}):
        has, needs = saved.get(name, "absent"), wanted.get(name, "absent")
        if has != needs:
            raise InputError(str(folder), f"belongs to another model: {name} is {has} there and {needs} here")


def _check_files(folder: Path, files: Mapping[str, str]) -> None:
    for name, digest in files.items():
        path = folder / name
        if not path.is_file():
            raise damaged(folder, f"{name} is missing")
        if _sha256(path) != digest:
            raise damaged(folder, f"{name} has changed since it was written")


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence orbax's logger: its threads log every failure with a traceback, besides raising it."""
    logger = logging.getLogger("absl")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(level)
