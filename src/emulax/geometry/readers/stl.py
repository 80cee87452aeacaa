"""Triangles from STL files, ASCII and binary."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from jaxtyping import Float

from emulax.core.errors import InputError
from emulax.geometry.readers.content import read_bytes

_HEADER, _RECORD = 84, 50
_TRIANGLE = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
_VERTEX = re.compile(rb"\bvertex\s+(\S+)\s+(\S+)\s+(\S+)")


def read_stl(path: Path) -> Float[np.ndarray, "triangle 3 3"]:
    """Corners of the triangles, without those of zero area; stored normals are ignored.

    Raises:
        InputError: The file cannot be read, is not STL, is cut short, or holds no triangle or a value that is
            not finite.
    """
    content = read_bytes(path)
    # Binary files may begin with "solid" too, but only they have the length that they announce.
    binary = len(content) >= _HEADER and len(content) == _HEADER + _RECORD * _announced(content)
    text = not binary and content.lstrip().startswith(b"solid")
    corners = _from_text(content, path) if text else _from_binary(content, path)
    if not np.isfinite(corners).all():
        raise InputError(str(path), "holds a coordinate that is not finite")
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    corners = corners[(normals != 0).any(axis=1)]
    if not len(corners):
        raise InputError(str(path), "holds zero triangles (of non-zero area)")
    return corners


def _announced(content: bytes) -> int:
    return int.from_bytes(content[_HEADER - 4 : _HEADER], "little")


def _from_binary(content: bytes, path: Path) -> Float[np.ndarray, "triangle 3 3"]:
    if len(content) < _HEADER:
        raise InputError(str(path), f"is not an STL file: {len(content)} bytes are fewer than its header")
    count = _announced(content)
    if len(content) < _HEADER + _RECORD * count:
        held = (len(content) - _HEADER) // _RECORD
        raise InputError(
            str(path), f"is truncated or not an STL file: announces {count} triangles, has room for {held}"
        )
    return np.frombuffer(content, _TRIANGLE, count, _HEADER)["corners"].astype(np.float64)


def _from_text(content: bytes, path: Path) -> Float[np.ndarray, "triangle 3 3"]:
    vertices = _VERTEX.findall(content)
    facets = len(re.findall(rb"\bendfacet\b", content))
    if b"endsolid" not in content or len(vertices) != 3 * facets:
        raise InputError(
            str(path), f"is a truncated ASCII STL file: {len(vertices)} vertices in {facets} complete facets"
        )
    try:
        numbers = [float(word) for vertex in vertices for word in vertex]
    except ValueError as error:
        raise InputError(str(path), f"holds a vertex that is not a number: {error}") from None
    return np.array(numbers, np.float64).reshape(-1, 3, 3)
