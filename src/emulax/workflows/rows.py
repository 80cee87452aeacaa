"""Claims as rows: a measured value, its limit, and whether it passed. Every command's `--json` writes them."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

import emulax
from emulax.core import provenance
from emulax.core.files import write_text


@dataclass(frozen=True)
class Limit:
    """What a value is held against."""

    op: Literal["<=", ">=", "within"]
    value: float
    tolerance: float | None = None

    def holds(self, value: float) -> bool:
        """Whether `value` keeps the limit."""
        match self.op:
            case "<=":
                return value <= self.value
            case ">=":
                return value >= self.value
            case "within":
                return abs(value - self.value) <= (self.tolerance or 0.0)

    def __str__(self) -> str:
        return f"{self.value:g} +- {self.tolerance:g}" if self.op == "within" else f"{self.op} {self.value:g}"


@dataclass(frozen=True)
class Row:
    """One claim.

    Attributes:
        id: Stable name of the claim.
        value: What was measured; None when it could not be, or is not finite.
        unit: Unit of the value.
        limit: What it is held against; None when it is only reported.
        reference: The value it is compared with, in words.
        source: Where the reference comes from.
        passed: None when nothing was judged.
        reason: Why nothing was judged, or what was measured.
    """

    id: str
    value: float | None
    unit: str = "1"
    limit: Limit | None = None
    reference: str = ""
    source: str = ""
    reason: str = ""

    @property
    def passed(self) -> bool | None:
        """True or False where there is a limit and a measurement; a value that is not finite fails."""
        if self.limit is None or (self.value is None and self.reason):
            return None
        return self.value is not None and math.isfinite(self.value) and self.limit.holds(self.value)

    def as_json(self) -> dict[str, Any]:
        """The row as plain JSON types."""
        values = asdict(self)
        values["value"] = self.value if self.value is not None and math.isfinite(self.value) else None
        values["pass"] = self.passed
        return values


def slug(name: str) -> str:
    """A name as part of a row's id: lower case, letters and digits joined by underscores."""
    return "_".join("".join(c if c.isalnum() else " " for c in name.lower()).split())


Check = Callable[[], Row]
"""A claim that is still to be measured."""


def all_passed(rows: Sequence[Row]) -> bool:
    """Whether something was judged and nothing failed."""
    judged = [row.passed for row in rows if row.passed is not None]
    return bool(judged) and all(judged)


def write_rows(path: Path, command: str, rows: Sequence[Row]) -> None:
    """Write the rows of one command as JSON."""
    document = {
        "command": command,
        "version": emulax.__version__,
        "device": provenance.device_name(),
        "rows": [row.as_json() for row in rows],
        "pass": all_passed(rows),
    }
    write_text(path, json.dumps(document, indent=1, allow_nan=False) + "\n")


def print_rows(title: str, rows: Sequence[Row], console: Console) -> None:
    """Show rows as a table."""
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD)
    table.add_column("row", no_wrap=True)
    table.add_column("value", justify="right", no_wrap=True)
    for column in ("unit", "limit", "", "note"):
        table.add_column(column)
    words = {True: "[green]pass[/]", False: "[red]FAIL[/]", None: ""}
    for row in rows:
        value = "" if row.value is None else f"{row.value:.6g}"
        unit = "" if row.unit == "1" else row.unit
        limit = "" if row.limit is None else str(row.limit)
        table.add_row(row.id, value, unit, limit, words[row.passed], escape(row.reason or row.reference))
    console.print(table)
