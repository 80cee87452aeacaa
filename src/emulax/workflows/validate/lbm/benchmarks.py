"""Flows that others have computed to many digits."""

from __future__ import annotations

from functools import lru_cache, partial
from typing import Literal

from emulax.workflows.rows import Check, Limit, Row
from emulax.workflows.validate.lbm import schaefer_turek
from emulax_lbm import SteadyOptions, simulate_steady
from emulax_lbm.problems import (
    CAVITY_100,
    CAVITY_1000,
    CentreLines,
    cavity,
    centre_lines,
)

_CAVITIES = {100: CAVITY_100, 1000: CAVITY_1000}


def checks(*, quick: bool) -> list[Check]:
    """The checks of this kind."""
    cylinder = schaefer_turek.checks(quick=quick)
    if quick:
        return cylinder
    return [
        *cylinder,
        partial(cavity_extremum, 100, "u_min", tolerance=0.0011),
        partial(cavity_extremum, 1000, "u_min", tolerance=0.0019),
        partial(cavity_extremum, 1000, "v_max", tolerance=0.0019),
        partial(cavity_extremum, 1000, "v_min", tolerance=0.0026),
    ]


def cavity_extremum(
    reynolds: int, extremum: Literal["u_min", "v_max", "v_min"], *, tolerance: float, cells: int = 256
) -> Row:
    """An extremum of the velocity on the centre lines of the lid-driven cavity."""
    found, expected = _steady_cavity(reynolds, cells), getattr(_CAVITIES[reynolds], extremum)
    return Row(
        f"lbm.cavity{reynolds}.{extremum}",
        getattr(found, extremum) if found else None,
        "U",
        Limit("within", expected, tolerance),
        reference=f"{expected} (Botella & Peyret), {cells} cells along a side",
        source="doi 10.1016/S0045-7930(98)00002-4",
    )


@lru_cache(maxsize=1)
def _steady_cavity(reynolds: int, cells: int) -> CentreLines | None:
    """The extrema, or None where the flow did not become steady.

    At Reynolds number 1000 the slowest motion decays by some seven per cent in L / U: what is left to come is some
    fifteen times the tolerance on the change over that time.
    """
    options = SteadyOptions(tolerance=1e-6, max_time=400.0)
    (flow,) = simulate_steady([cavity(cells, float(reynolds))], options)
    return centre_lines(flow.velocity) if flow.certificate.converged else None
