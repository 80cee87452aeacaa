"""Fields of OpenFOAM in ASCII."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from jaxtyping import Float64

from emulax.core.errors import InputError

_COMPONENTS = {"scalar": (), "vector": (3,), "symmTensor": (6,), "tensor": (3, 3)}
_LIST = re.compile(r"internalField\s+nonuniform\s+List<(\w+)>\s*(\d+)\s*\((.*?)\)\s*;", re.DOTALL)
_UNIFORM = re.compile(r"internalField\s+uniform\s")
_BINARY = re.compile(r"format\s+binary\s*;")
# xx, xy, xz, yy, yz, zz in a tensor.
_SYMMETRIC = np.array([[0, 1, 2], [1, 3, 4], [2, 4, 5]])


def read_internal_field(path: Path) -> Float64[np.ndarray, "cell ..."]:
    """The values of a field in the cells: scalars, vectors or tensors, symmetric ones as 3 x 3.

    Raises:
        InputError: The file is missing, binary or uniform, of an unknown type, or lacks some of the numbers that it
            announces.
    """
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, NotADirectoryError) as error:
        raise InputError(str(path), "no such file", "see convert_openfoam for what writes it") from error
    if _BINARY.search(text[:2000]):
        raise InputError(str(path), "is binary", "run foamFormatConvert with writeFormat ascii")
    if _UNIFORM.search(text):
        raise InputError(str(path), "is uniform: it was never solved for", "choose the folder of a later time")
    found = _LIST.search(text)
    if found is None:
        raise InputError(str(path), "holds no internalField in ASCII")
    kind, announced, numbers = found.groups()
    if kind not in _COMPONENTS:
        raise InputError(str(path), f"holds a List<{kind}>, known are {', '.join(_COMPONENTS)}")
    shape = int(announced), *_COMPONENTS[kind]
    try:
        values = np.array(numbers.replace("(", " ").replace(")", " ").split(), np.float64)
        values = values.reshape(shape)
    except ValueError as error:
        raise InputError(str(path), f"does not hold the {announced} values of kind {kind} that it announces") from error
    return values[:, _SYMMETRIC] if kind == "symmTensor" else values
