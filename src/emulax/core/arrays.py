"""Reading files of NumPy arrays."""

from __future__ import annotations

import zlib
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from emulax.core.errors import InputError


def read_arrays(path: Path) -> dict[str, np.ndarray]:
    """The arrays of an `.npz` file by name.

    Raises:
        InputError: The file is missing or damaged.
    """
    try:
        # NumPy would leave a file open that it cannot read.
        with Path(path).open("rb") as stream, np.load(stream) as stored:
            return {name: stored[name] for name in stored.files}
    except (OSError, EOFError, ValueError, BadZipFile, zlib.error) as error:
        raise InputError(str(path), "is missing or damaged") from error
