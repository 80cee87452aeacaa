"""Writing files so that nothing half-written is ever left under a final name."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from emulax.core.errors import InputError, RunError

_PARTIAL = ".partial-"


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; on success flush it to disk and rename it to `path`, on failure remove it.

    Raises:
        RunError: The file could not be written (disk full, permission lost).
    """
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f"{_PARTIAL}{path.name}.", suffix=path.suffix)
        os.close(handle)
    except OSError as error:
        raise RunError(f"{path}: cannot be written: {error.strerror or error}") from error
    temporary = Path(name)
    try:
        yield temporary
        with temporary.open("rb") as stream:
            os.fsync(stream.fileno())
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
        _sync_directory(path.parent)
    except OSError as error:
        raise RunError(f"{path}: cannot be written: {error.strerror or error}") from error
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write `text` to `path` atomically."""
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def remove_partial(directory: Path) -> None:
    """Remove what killed writers left behind in `directory` under temporary names."""
    for path in directory.glob(f"{_PARTIAL}*"):
        path.unlink(missing_ok=True)


def append_line(path: Path, line: str) -> None:
    """Append one line to a log.

    Raises:
        RunError: The file could not be written.
    """
    try:
        with path.open("a", encoding="utf-8") as stream:
            stream.write(line + "\n")
    except OSError as error:
        raise RunError(f"{path}: cannot be written: {error.strerror or error}") from error


def prepare_output(path: Path, field: str = "--out") -> Path:
    """Check that `path` can become an output directory, create it and return it.

    Raises:
        InputError: `path` or one of its parents is a regular file, or it cannot be written to.
    """
    path = check_output(path, field)
    path.mkdir(parents=True, exist_ok=True)
    return path


def check_output(path: Path, field: str = "--out") -> Path:
    """Check that `path` can become an output directory, creating nothing."""
    path = Path(path)
    try:
        nearest = next(ancestor for ancestor in (path, *path.parents) if ancestor.exists())
    except OSError as error:
        raise InputError(field, f"{path} cannot be a directory: {error.strerror}") from error
    if not nearest.is_dir():
        raise InputError(field, f"{nearest} is a file, so {path} cannot be a directory")
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise InputError(field, f"no permission to write in {nearest}")
    return path


def _sync_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
