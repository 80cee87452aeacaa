"""Many rejected samples, few kinds of reason."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

_ANY = "…"


def group_reasons(reasons: Sequence[str]) -> dict[str, int]:
    """Count reasons that differ only in numbers as one, most frequent first.

    A reason counts by its first clause without what is in parentheses. Words and numbers that all members of a group
    share are kept, numbers that differ become an ellipsis: "mach_max 0.41 above 0.4" and "mach_max 0.45 above 0.4" make
    "mach_max … above 0.4".
    """
    groups: dict[tuple[str, ...], list[list[str]]] = defaultdict(list)
    for reason in reasons:
        words = re.sub(r"\(.*?\)", "", reason.partition(";")[0]).split()
        groups[tuple(_ANY if word[0].isdigit() else word for word in words)].append(words)
    counts = {
        " ".join(
            word if len({*column}) == 1 else _ANY for word, *column in zip(members[0], *members, strict=True)
        ): len(members)
        for members in groups.values()
    }
    return dict(sorted(counts.items(), key=lambda item: -item[1]))
