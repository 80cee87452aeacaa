"""The networks against what is published and proven about them, a module per kind of knowledge."""

from __future__ import annotations

from emulax.workflows.rows import Row
from emulax.workflows.validate.measure import measure
from emulax.workflows.validate.models import exact, geometry, published

__all__ = ["validate_models"]


def validate_models(*, quick: bool = False) -> list[Row]:
    """Run every check of the networks.

    Args:
        quick: Leave out what has to be trained: seconds on two cores instead of a quarter of an hour.

    Returns:
        The rows; ids are stable.
    """
    checks = [check for kind in (published, exact) for check in kind.checks()]
    rows = measure("models", checks)
    return rows if quick else [*rows, *geometry.rows()]
