"""Bodies drawn in an image."""

from __future__ import annotations

import io
from pathlib import Path

import contourpy
import numpy as np
from jaxtyping import Float
from PIL import Image

from emulax.core.errors import InputError
from emulax.geometry.outline import loop_segments
from emulax.geometry.readers.content import read_bytes


def read_mask(path: Path) -> Float[np.ndarray, "segment 2 2"]:
    """Outlines of the bodies in a PNG image, in pixels with y upwards, each with its solid on the left.

    A pixel is solid where it is darker than mid-grey, or, in an image with transparency, more than half
    opaque. Anti-aliased values are read as the fraction of the pixel that is solid: the outline is their
    contour at one half (marching squares), which places it to a small fraction of a pixel.

    Raises:
        InputError: The file cannot be read, has no solid or no fluid pixel, or its solid touches the border.
    """
    solid = _solid_fraction(path)
    inside = solid > 0.5
    if not inside.any():
        raise InputError(str(path), "has no solid: no pixel is darker than mid-grey or more than half opaque")
    if inside.all():
        raise InputError(str(path), "has no fluid: every pixel is solid")
    rows, columns = np.nonzero(inside)
    height, width = solid.shape
    if rows.min() == 0 or columns.min() == 0 or rows.max() == height - 1 or columns.max() == width - 1:
        raise InputError(str(path), "the solid touches the border of the image", "leave a margin of one pixel")
    # contourpy keeps the higher values on the left and repeats the first point of a closed line at its end.
    loops = contourpy.contour_generator(z=solid).lines(0.5)
    return np.concatenate([loop_segments(np.asarray(loop, np.float64)[:-1]) for loop in loops])


def _solid_fraction(path: Path) -> Float[np.ndarray, "y x"]:
    content = read_bytes(path)
    try:
        with Image.open(io.BytesIO(content), formats=["PNG"]) as image:
            image.load()
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise InputError(str(path), "is not a readable PNG image") from error
    if image.mode.startswith("I"):
        grey = np.asarray(image.convert("F"), np.float64) / 65535
    else:
        opacity = np.asarray(image.convert("RGBA").getchannel("A"), np.float64) / 255
        if opacity.min() < 1:
            return opacity[::-1]
        grey = np.asarray(image.convert("L"), np.float64) / 255
    return 1 - grey[::-1]
