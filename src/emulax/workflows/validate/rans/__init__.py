"""The RANS solver and the models of its stress against what is known about both, a module per kind of knowledge."""

from __future__ import annotations

from pathlib import Path

from emulax.workflows.rows import Row
from emulax.workflows.validate.measure import measure
from emulax.workflows.validate.rans import exact, gradients, injection, invariance, references

__all__ = ["validate_rans"]


def validate_rans(*, quick: bool = False, data: Path | None = None) -> list[Row]:
    """Run every check of the RANS solver and of the models of the Reynolds stress.

    Args:
        quick: Coarser grids and fewer random points.
        data: Folder of the reference data; EMULAX_REFERENCE_DATA by default. Without them their rows are not judged.

    Returns:
        The rows; ids are stable.
    """
    kinds = (invariance, references, exact, gradients)
    checks = [check for kind in kinds for check in kind.checks(quick=quick)] + injection.checks(data)
    return measure("rans", checks)
