"""The error tree: `InputError` for a bad input (exit status 2), `RunError` for a failure while running (1)."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class EmulaxError(Exception):
    """Base of every error that emulax raises on purpose; its text is one line for the user."""

    exit_status = 1


class RunError(EmulaxError):
    """Something failed while running: disk full, permission lost, a solver that diverged."""


class InputError(EmulaxError):
    """A bad input, found before any work was done.

    Args:
        field: What was wrong, in the user's words (`reynolds`, `--shape`, a path).
        problem: What was given and what is allowed.
        hint: What to do about it.
    """

    exit_status = 2

    def __init__(self, field: str, problem: str, hint: str = "") -> None:
        self.field = field
        text = f"{field}: {problem}" + (f"; {hint}" if hint else "")
        super().__init__(" ".join(text.split()))


def unknown_name(field: str, given: str, allowed: Iterable[str]) -> InputError:
    """An `InputError` for a name that is not one of `allowed`, with the nearest match."""
    names = sorted(allowed)
    near = difflib.get_close_matches(given, names, n=1, cutoff=0.4)
    hint = f"did you mean {near[0]!r}?" if near else ""
    known = f"known are {', '.join(names)}" if names else "there are none"
    return InputError(field, f"unknown name {given!r}, {known}", hint)
