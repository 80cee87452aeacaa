"""Nested settings (recipes, configurations, provenance) as a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from emulax.report.elements import Html, code, element, join, table


def settings_table(settings: Mapping[str, Any]) -> Html:
    """One row a setting or group of settings; names of groups in groups are joined by dots."""
    return table((), _rows(settings), align="ll")


def _rows(settings: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Html]]:
    for name, value in settings.items():
        if not isinstance(value, Mapping):
            yield prefix + name, _value(value)
            continue
        single = {key: entry for key, entry in value.items() if not isinstance(entry, Mapping)}
        if single:
            pairs = (element("span", f"{key} ", _value(entry), class_="setting") for key, entry in single.items())
            yield prefix + name, join(*pairs)
        yield from _rows({key: entry for key, entry in value.items() if key not in single}, f"{prefix}{name}.")


def _value(value: Any) -> Html:
    """Sentences and command lines each on a line of their own, other lists in one line."""
    if isinstance(value, list | tuple):
        if any(isinstance(item, str) and " " in item for item in value):
            return join(*(element("div", code(item)) for item in map(str, value)))
        value = ", ".join(map(str, value))
    return code("none" if value is None else str(value))
