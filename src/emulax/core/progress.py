"""Progress of long work: a bar with rate and time left at a terminal, plain log lines elsewhere."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol, runtime_checkable

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

log = logging.getLogger("emulax")

_SECONDS_BETWEEN_LINES = 15.0


@runtime_checkable
class Tick(Protocol):
    """Report `done` finished items out of the total, with a short note."""

    def __call__(self, done: float, note: str = "") -> None:
        """`done` items are finished."""
        ...


@contextmanager
def progress(title: str, total: float, unit: str = "") -> Iterator[Tick]:
    """Show the progress of work made of `total` items; the yielded function takes the number done so far."""
    console = Console(stderr=True)
    if console.is_terminal:
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn(unit),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[note]}"),
        )
        with Progress(*columns, console=console) as bar:
            task = bar.add_task(title, total=total, note="")
            yield lambda done, note="": bar.update(task, completed=done, note=note)
        return
    start = last = time.monotonic()
    # The time left follows from what came after the first report: compilation, or items of an earlier call, precede it.
    first: tuple[float, float] | None = None

    def tick(done: float, note: str = "") -> None:
        nonlocal last, first
        now = time.monotonic()
        first = first or (now, done)
        if now - last < _SECONDS_BETWEEN_LINES and done < total:
            return
        last = now
        since, before = first
        left = f", {(now - since) / (done - before) * (total - done):.0f} s left" if done > before else ""
        log.info("%s: %g/%g %s, %.0f s%s %s", title, done, total, unit, now - start, left, note)

    yield tick
