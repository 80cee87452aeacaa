"""How the checks of any subject are run."""

from __future__ import annotations

from collections.abc import Sequence

from emulax.core.progress import progress
from emulax.workflows.rows import Check, Row


def measure(subject: str, checks: Sequence[Check]) -> list[Row]:
    """The rows of all checks, one after the other, with progress."""
    rows: list[Row] = []
    with progress(f"validate {subject}", len(checks), "checks") as tick:
        for check in checks:
            rows.append(check())
            tick(len(rows), rows[-1].id)
    return rows
