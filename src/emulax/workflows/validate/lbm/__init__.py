"""The flow solver against what is known about flows, a module per kind of knowledge."""

from __future__ import annotations

from emulax.workflows.rows import Row
from emulax.workflows.validate.lbm import (
    benchmarks,
    exact,
    gradients,
    invariants,
    orders,
    three_dimensions,
    turbulence,
)
from emulax.workflows.validate.measure import measure

__all__ = ["validate_lbm"]


def validate_lbm(*, quick: bool = False) -> list[Row]:
    """Run every check of the solver.

    Args:
        quick: Coarser grids, and only the checks that are soon done: half a minute on two cores instead of some
            minutes.

    Returns:
        The rows; ids are stable.
    """
    kinds = (exact, orders, invariants, gradients, benchmarks, three_dimensions, turbulence)
    checks = [check for kind in kinds for check in kind.checks(quick=quick)]
    return measure("lbm", checks)
