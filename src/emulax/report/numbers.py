"""Numbers as a reader wants them."""

from __future__ import annotations

import math

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def number(value: float, digits: int = 3) -> str:
    """`value` with significant digits, trailing zeros kept: 0.130, 12.0, 4.67 x 10^-8; a dash if not finite."""
    if not math.isfinite(value):
        return "–"
    mantissa, _, exponent = f"{value:#.{digits}g}".partition("e")
    mantissa = mantissa.rstrip(".")
    return f"{mantissa} × 10{str(int(exponent)).translate(_SUPERSCRIPTS)}" if exponent else mantissa


def integer(value: float) -> str:
    """`value` rounded, thousands apart."""
    return f"{round(value):,}".replace(",", "\u202f")


def times(value: float) -> str:
    """A factor: 0.46×, 12.1×, 1 240×."""
    if not math.isfinite(value):
        return "–"
    return (integer(value) if value >= 100 else f"{value:.{1 if value >= 10 else 2}f}") + "×"


def duration(seconds: float) -> str:
    """A time in the unit that suits it."""
    if not math.isfinite(seconds):
        return "–"
    if seconds >= 120:
        minutes, rest = divmod(round(seconds), 60)
        return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min {rest} s"
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= size:
            return f"{number(seconds / size)} {unit}"
    return f"{number(seconds / 1e-6)} µs"


def plural(count: int, noun: str) -> str:
    """The count with its noun."""
    return f"{integer(count)} {noun}" + ("" if count == 1 else "s")
