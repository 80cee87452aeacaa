"""Reading a whole file, with one clear line for each way in which that fails."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from jaxtyping import Float

from emulax.core.errors import InputError


def read_bytes(path: Path) -> bytes:
    """The file's bytes.

    Raises:
        InputError: The file is missing, a directory, not readable or empty.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise InputError(str(path), "no such file") from None
    except OSError as error:
        raise InputError(str(path), f"cannot be read: {error.strerror or error}") from error
    if not content.strip():
        raise InputError(str(path), "is empty")
    return content


def read_columns(path: Path) -> Float[np.ndarray, "row 2"]:
    """Two columns of numbers separated by commas, semicolons or blanks.

    The first line may be a title; blank lines and what follows a `#` are skipped.

    Raises:
        InputError: The file cannot be read, is not text, or a line is not a pair of numbers.
    """
    try:
        text = read_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(str(path), "is not a text file (UTF-8)") from None
    rows: list[list[float]] = []
    title_allowed = True
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.partition("#")[0].replace(",", " ").replace(";", " ").split()
        if not words:
            continue
        pair = _numbers(words)
        if pair is not None:
            rows.append(pair)
        elif not title_allowed:
            raise InputError(str(path), f"line {number} is {line.strip()[:40]!r}, must be two numbers: x, y")
        title_allowed = False
    return np.array(rows, np.float64).reshape(-1, 2)


def _numbers(words: list[str]) -> list[float] | None:
    try:
        values = [float(word) for word in words]
    except ValueError:
        return None
    return values if len(values) == 2 else None
