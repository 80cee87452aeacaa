"""The lid-driven cavity (Botella & Peyret 1998, doi 10.1016/S0045-7930(98)00002-4)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from emulax_lbm.boundaries import Edges, Wall
from emulax_lbm.case import FlowCase, open_box


@dataclass(frozen=True)
class CentreLines:
    """Extrema of the velocity on the centre lines, in units of the lid's.

    Attributes:
        u_min: Least velocity along the lid, on the line from the bottom to the lid.
        v_max: Largest velocity towards the lid, on the line from wall to wall.
        v_min: Least velocity towards the lid, on the same line.
    """

    u_min: float
    v_max: float
    v_min: float


CAVITY_100 = CentreLines(-0.2140424, 0.1795728, -0.2538030)
"""Botella & Peyret's values at Reynolds number 100, by a Chebyshev method; their lid moves the other way."""

CAVITY_1000 = CentreLines(-0.3885698, 0.3769447, -0.5270771)
"""Their values at Reynolds number 1000."""


def cavity(cells: int, reynolds: float) -> FlowCase:
    """A square cavity of side L (the reference length) under a lid that slides to the right, in float64.

    Args:
        cells: Cells along a side, an even number.
        reynolds: U L / nu with the lid's velocity U.
    """
    edges = Edges(left=Wall(), right=Wall(), bottom=Wall(), top=Wall(velocity=(1.0, 0.0)))
    return FlowCase(open_box((cells, cells)), reynolds, cells, edges=edges, precision="float64")


def centre_lines(velocity: Float[np.ndarray, "n n 2"]) -> CentreLines:
    """The extrema on the centre lines of a field with an even number of cells, between the cells by polynomials."""
    u, v = between_cells(velocity[..., 0]), between_cells(velocity[..., 1].T)
    return CentreLines(-maximum(-u), maximum(v), -maximum(-v))


def between_cells(values: Float[np.ndarray, "n m"]) -> Float[np.ndarray, " n"]:
    """Values half-way along the last axis, on a face between cells: the cubic through the four nearest."""
    half = values.shape[-1] // 2
    return values[:, half - 2 : half + 2] @ (np.array([-1.0, 9.0, 9.0, -1.0]) / 16.0)


def maximum(values: Float[np.ndarray, " n"]) -> float:
    """Maximum of a smooth function given at equal distances: that of the quartic through the five values about it.

    Not a number where one of the values is none, as after a run that has diverged.
    """
    if not np.all(np.isfinite(values)):
        return float("nan")
    nearest = int(np.clip(np.argmax(values), 2, len(values) - 3))
    offset = np.arange(-2.0, 3.0)
    quartic = np.polynomial.Polynomial(np.polynomial.polynomial.polyfit(offset, values[nearest - 2 : nearest + 3], 4))
    turning = quartic.deriv().roots()
    turning = turning[np.isreal(turning) & (np.abs(turning.real) <= 2.0)].real
    return float(np.max(quartic(np.append(turning, (-2.0, 2.0)))))
