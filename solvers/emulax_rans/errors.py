"""The one error this solver raises on purpose."""

from __future__ import annotations


class CaseError(ValueError):
    """A case that cannot be solved as asked, with the reason and what to do; raised before any step is taken.

    Args:
        field: The name of the offending input.
        problem: What was given and what is allowed.
    """

    def __init__(self, field: str, problem: str) -> None:
        self.field = field
        self.problem = problem
        super().__init__(f"{field}: {problem}")
