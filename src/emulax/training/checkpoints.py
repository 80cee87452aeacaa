"""Checkpoints that survive a kill at any moment.

A checkpoint is a few trees of arrays, a folder each, and one record that names them with the SHA-256 of their files.
The record is written last and atomically: until then the checkpoint before stands.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

from flax import nnx

from emulax.core.errors import InputError, RunError
from emulax.core.files import write_text
from emulax.training.storage import SavedTree, damaged, read_tree, write_tree

FOLDER = "checkpoints"
SCHEMA = 2
_RECORD = "checkpoint.json"

Tree = TypeVar("Tree")


@dataclass(frozen=True)
class Record:
    """What a checkpoint consists of.

    Args:
        trees: Its trees by name.
        facts: Plain JSON values that go with them.
    """

    trees: Mapping[str, SavedTree]
    facts: Mapping[str, Any]


def save(directory: Path, trees: Mapping[str, tuple[int, Any]], facts: Mapping[str, Any]) -> None:
    """Write a checkpoint, then remove the one before.

    Args:
        directory: The run's directory.
        trees: Name to (epoch, tree of arrays); what the checkpoint before holds for the same epoch is kept as it is.
        facts: Plain JSON values that go with them.

    Raises:
        RunError: The disk is full, or permission was lost; the checkpoint before stands.
    """
    folder = directory / FOLDER
    before = read(directory) if exists(directory) else Record({}, {})
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _remove_unnamed(folder, before)
        saved = {}
        for name, (epoch, tree) in trees.items():
            kept = before.trees.get(name)
            same = kept is not None and kept.epoch == epoch
            saved[name] = kept if same else write_tree(folder / f"{name}-{epoch:06d}", epoch, tree)
        record = Record(saved, facts)
        text = json.dumps({"schema": SCHEMA, **asdict(record)}, indent=1, sort_keys=True, allow_nan=False)
        write_text(folder / _RECORD, text + "\n")
        _remove_unnamed(folder, record)
    except OSError as error:
        raise RunError(f"{folder}: cannot be written: {error.strerror or error}") from error


def exists(directory: Path) -> bool:
    """Whether `directory` holds a checkpoint."""
    return (directory / FOLDER / _RECORD).exists()


def read(directory: Path) -> Record:
    """The record of the checkpoint in `directory`.

    Raises:
        InputError: There is no checkpoint, or its record is damaged or of another version.
    """
    path = directory / FOLDER / _RECORD
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        if values.pop("schema") != SCHEMA:
            raise InputError(str(path), f"is not of version {SCHEMA}", "train again with this version of emulax")
        trees = {name: SavedTree(**entry) for name, entry in values["trees"].items()}
        return Record(trees, values["facts"])
    except FileNotFoundError:
        raise InputError(str(directory), "holds no checkpoint", "train a model there first") from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise damaged(path, f"{type(error).__name__}: {error}") from error


def read_same(directory: Path, identity: Mapping[str, Any]) -> Record:
    """The record of the checkpoint in `directory`, if it is of the training that `identity` describes.

    Raises:
        InputError: It belongs to another training, or is damaged.
    """
    record = read(directory)
    saved = record.facts["identity"]
    for name, value in identity.items():
        if saved.get(name) != value:
            problem = f"holds a training with another {name}: {saved.get(name)} there, {value} here"
            raise InputError(str(directory), problem, "use another directory")
    return record


def restore(directory: Path, name: str, template: Tree) -> Tree:
    """The tree that the checkpoint in `directory` holds as `name`, with the structure of `template`.

    Raises:
        InputError: There is no such tree, it is damaged, or it belongs to another model.
    """
    trees = read(directory).trees
    if name not in trees:
        raise InputError(
            str(directory), f"holds no weights called {name!r}", "let the training go on until it has validated"
        )
    return read_tree(directory / FOLDER, trees[name], template)


def restore_best(directory: Path, model: nnx.Module) -> None:
    """Give `model` the weights of the best validation loss of the run in `directory`.

    Raises:
        InputError: There is no checkpoint, it is damaged, or it belongs to another model.
    """
    weights = tuple(map(nnx.as_pure, nnx.state(model, nnx.Param, ...)))
    nnx.update(model, *restore(Path(directory), "best", weights))


def _remove_unnamed(folder: Path, record: Record) -> None:
    """Remove the folders that the checkpoint before, or a killed run, left behind."""
    named = {tree.folder for tree in record.trees.values()}
    for path in folder.iterdir():
        if path.is_dir() and path.name not in named:
            shutil.rmtree(path)
