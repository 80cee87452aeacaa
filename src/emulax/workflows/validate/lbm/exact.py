"""Flows that the lattice represents exactly: what is left is round-off."""

from __future__ import annotations

import numpy as np

from emulax.workflows.rows import Check, Limit, Row
from emulax_lbm import FlowCase, simulate
from emulax_lbm.problems import couette, poiseuille


def checks(*, quick: bool) -> list[Check]:
    """The checks of this kind, the same on both sizes."""
    return [poiseuille_exact, couette_exact]


def poiseuille_exact(cells: int = 16, *, magic: float = 3.0 / 16.0) -> Row:
    """Largest error of the steady parabola over the centre-line velocity."""
    return Row(
        "lbm.poiseuille.exact",
        largest_error(*poiseuille(cells, magic=magic)),
        "U",
        Limit("<=", 1e-10),
        reference="parabola, half-way walls, magic 3/16, float64",
        source="doi 10.1103/PhysRevE.68.066614",
    )


def couette_exact(cells: int = 16) -> Row:
    """Largest error of the steady linear profile over the wall's velocity."""
    return Row(
        "lbm.couette.exact",
        largest_error(*couette(cells)),
        "U",
        Limit("<=", 1e-10),
        reference="straight line, half-way walls, one of them sliding, float64",
        source="doi 10.1103/PhysRevE.68.066614",
    )


def largest_error(case: FlowCase, exact: np.ndarray, steps: int = 20_000) -> float:
    """Largest difference of the streamwise velocity from the exact one when the flow has become steady.

    A flow across n cells becomes so as exp(-pi^2 nu t / n^2), with the lattice's viscosity nu.
    """
    (flow,) = simulate([case], steps)
    return float(np.max(np.abs(flow.velocity[..., 0] - exact)))
