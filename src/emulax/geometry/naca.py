"""The NACA four-digit airfoils."""

from __future__ import annotations

import re

import numpy as np
from jaxtyping import Float

from emulax.core.errors import InputError


def naca4(code: str, *, points: int = 161, closed_trailing_edge: bool = True) -> Float[np.ndarray, "point 2"]:
    """Outline of a NACA four-digit airfoil of unit chord, in Selig's order.

    Args:
        code: Four digits: 100 m, 10 p, 100 t (two digits), such as `2412`; see `naca_section`.
        points: Number of points, odd and >= 5; the first and the last lie at the trailing edge.
        closed_trailing_edge: Last coefficient 0.1036 instead of 0.1015, so that the surfaces meet.

    Raises:
        InputError: Not a four-digit code, a camber without position or the reverse, zero thickness, a bad
            number of points.
    """
    if not re.fullmatch(r"[0-9]{4}", code):
        raise InputError("code", f"is {code!r}, must be four digits such as 0012")
    camber, position, thickness = int(code[0]) / 100, int(code[1]) / 10, int(code[2:]) / 100
    if (camber > 0) != (position > 0) or thickness == 0:
        raise InputError("code", f"is {code!r}, must have thickness, and camber with its position or neither")
    return naca_section(camber, position or 0.5, thickness, points=points, closed_trailing_edge=closed_trailing_edge)


def naca_section(
    camber: float,
    position: float,
    thickness: float,
    *,
    points: int = 161,
    closed_trailing_edge: bool = True,
) -> Float[np.ndarray, "point 2"]:
    """Outline of an airfoil of the NACA four-digit family of unit chord, in Selig's order.

    With m, p and t the camber, its position and the thickness in chords:

        y_t = 5 t (0.2969 sqrt(x) - 0.1260 x - 0.3516 x^2 + 0.2843 x^3 - 0.1015 x^4)
        y_c = m (2 p x - x^2) / p^2 ahead of p,   m ((1 - 2 p) + 2 p x - x^2) / (1 - p)^2 behind it

    and the surfaces lie at (x -+ y_t sin a, y_c +- y_t cos a) with tan a = dy_c/dx. Points are dense near
    both edges (cosine).

    Args:
        camber: m, 0 to 0.1.
        position: p, between 0 and 1; of no consequence without camber.
        thickness: t, above 0 and at most 1.
        points: Number of points, odd and >= 5; the first and the last lie at the trailing edge.
        closed_trailing_edge: Last coefficient 0.1036 instead of 0.1015, so that the surfaces meet.

    Raises:
        InputError: A number that is out of range.

    Source: Abbott and von Doenhoff, Theory of Wing Sections (1959), section 6.4, equations 6.1-6.4;
    Jacobs, Ward and Pinkerton, NACA report 460 (1933).
    """
    if not 0 <= camber <= 0.1:
        raise InputError("camber", f"is {camber:g}, must be from 0 to 0.1")
    if not 0 < position < 1:
        raise InputError("position", f"is {position:g}, must be between 0 and 1")
    if not 0 < thickness <= 1:
        raise InputError("thickness", f"is {thickness:g}, must be above 0 and at most 1")
    if points < 5 or points % 2 == 0:
        raise InputError("points", f"is {points}, must be odd and at least 5")

    x = 0.5 * (1 - np.cos(np.linspace(0, np.pi, points // 2 + 1)))
    last = 0.1036 if closed_trailing_edge else 0.1015
    half = 5 * thickness * (0.2969 * np.sqrt(x) - 0.1260 * x - 0.3516 * x**2 + 0.2843 * x**3 - last * x**4)
    line, slope = _mean_line(x, camber, position)
    angle = np.arctan(slope)
    across = np.stack([-np.sin(angle), np.cos(angle)], axis=1) * half[:, None]
    middle = np.stack([x, line], axis=1)
    return np.concatenate([(middle + across)[::-1], (middle - across)[1:]])


def _mean_line(
    x: Float[np.ndarray, " station"], camber: float, position: float
) -> tuple[Float[np.ndarray, " station"], Float[np.ndarray, " station"]]:
    """Height and slope of the mean line."""
    ahead = x < position
    factor = np.where(ahead, camber / position**2, camber / (1 - position) ** 2)
    line = factor * np.where(ahead, 2 * position * x - x**2, 1 - 2 * position + 2 * position * x - x**2)
    return line, factor * 2 * (position - x)
