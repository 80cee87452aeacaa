"""Shapes from files."""

from __future__ import annotations

import hashlib
import math
from pathlib import Path

import numpy as np
from jax.tree_util import Partial
from jaxtyping import Float

from emulax.core.errors import InputError, unknown_name
from emulax.geometry.orientation import orient
from emulax.geometry.outline import loop_segments, padded
from emulax.geometry.polygon import closed_distance, open_distance
from emulax.geometry.readers.airfoil import read_airfoil
from emulax.geometry.readers.curve import read_curve
from emulax.geometry.readers.mask import read_mask
from emulax.geometry.readers.stl import read_stl
from emulax.geometry.section import section
from emulax.geometry.shape import Shape

SUFFIXES = (".csv", ".dat", ".png", ".stl")

AIRFOIL_CHORD = 2.0
"""Default length of an airfoil [D]."""

BODY_HEIGHT = 1.0
"""Default frontal height of any other body [D]."""

Segments = Float[np.ndarray, "segment 2 2"]

_PROBES = 32
_HASHED_DIGITS = 6


def load_shape(path: Path | str, *, height: float | None = None, length: float | None = None) -> Shape:
    """The body in a file, scaled to the size asked for, with the centre of its bounding box at the origin.

    By suffix: `.dat` airfoil coordinates (Selig or Lednicer), `.csv` a closed curve, `.png` a mask, `.stl` a
    triangle mesh, of which the section half-way up its extent in z is taken.

    Args:
        path: The file.
        height: Frontal height [D].
        length: Extent along the flow [D]. Without either, an airfoil is 2 D long and any other body 1 D high.

    Raises:
        InputError: An unknown suffix, both sizes or one that is not positive, or a file that its reader
            refuses.
    """
    path = Path(path)
    axis, size = _target(path, height, length)
    segments = _read_outline(path)
    low, high = segments.min(axis=(0, 1)), segments.max(axis=(0, 1))
    outline = (segments - 0.5 * (low + high)) * (size / (high - low)[axis])
    # Only meshes can leave gaps.
    distance = open_distance if path.suffix.lower() == ".stl" else closed_distance
    return Shape(path.stem, Partial(distance, segments=padded(outline)), outline, _identifier(outline))


def _target(path: Path, height: float | None, length: float | None) -> tuple[int, float]:
    """The axis along which the size is asked for, and that size."""
    for field, value in (("height", height), ("length", length)):
        if value is not None and not (math.isfinite(value) and value > 0):
            raise InputError(field, f"is {value}, must be positive and finite")
    if height is not None and length is not None:
        raise InputError("height, length", "are both given, must be one of the two")
    if length is not None:
        return 0, length
    if height is not None:
        return 1, height
    return (0, AIRFOIL_CHORD) if path.suffix.lower() == ".dat" else (1, BODY_HEIGHT)


def _read_outline(path: Path) -> Segments:
    match path.suffix.lower():
        case ".dat":
            return loop_segments(read_airfoil(path))
        case ".csv":
            return loop_segments(read_curve(path))
        case ".png":
            return read_mask(path)
        case ".stl":
            return _middle_section(path)
        case suffix:
            raise unknown_name(str(path), suffix or "(no suffix)", SUFFIXES)


def _middle_section(path: Path) -> Segments:
    """The section of a mesh half-way up, checked to enclose something."""
    triangles = orient(read_stl(path))
    heights = triangles[:, :, 2]
    segments = section(triangles, 0.5 * float(heights.min() + heights.max()))
    if not len(segments):
        raise InputError(str(path), "is flat in z: its section half-way up is empty")
    low, high = segments.min(axis=(0, 1)), segments.max(axis=(0, 1))
    steps = (np.arange(_PROBES) + 0.5) / _PROBES
    probes = low + np.stack(np.meshgrid(steps, steps), axis=-1) * (high - low)
    if not (np.asarray(open_distance(probes.astype(np.float32), segments)) < 0).any():
        raise InputError(str(path), "encloses no solid in its section half-way up")
    return segments


def _identifier(outline: Segments) -> str:
    rounded = np.round(outline * 10**_HASHED_DIGITS).astype("<i8")
    return hashlib.sha256(rounded.tobytes()).hexdigest()
