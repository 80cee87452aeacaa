"""What everything cost."""

from __future__ import annotations

from emulax.report.content import ReportContent, Timing
from emulax.report.elements import Html, table
from emulax.report.numbers import duration, integer, number


def timing(content: ReportContent) -> Html:
    """Wall-clock times, and rates where flows were computed."""
    if not content.timings:
        return Html()
    return table(
        ("task", "time", "flows", "per flow", "flows / s", "note", "hardware"),
        [_row(entry) for entry in content.timings],
        align="lrrrrll",
        caption="Wall-clock times.",
    )


def _row(entry: Timing) -> tuple[str, ...]:
    rates = ("–", "–", "–")
    if entry.flows:
        rates = (integer(entry.flows), duration(entry.seconds / entry.flows), number(entry.flows / entry.seconds))
    return (entry.task, duration(entry.seconds), *rates, entry.note, entry.hardware)
