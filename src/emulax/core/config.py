"""Configuration: frozen dataclasses on one side, JSON on the other."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
import types
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from emulax.core.errors import InputError, unknown_name

T = TypeVar("T")

_CHOICES = "choices"


def one_of(choices: Mapping[str, type]) -> dict[str, Any]:
    """Metadata of a required field that holds an instance of one of several dataclasses.

    In plain types it is not called by its own name but by that of the choice, so that exactly one of the
    tables in `choices` stands in its place: `{"cars": {...}}` says which class and with which settings.

    Args:
        choices: Dataclasses by the name of their table.

    Returns:
        What to pass to `dataclasses.field` as `metadata`.
    """
    return {_CHOICES: choices}


def to_dict(config: Any) -> dict[str, Any]:
    """A dataclass as plain JSON types (tuples become lists, paths strings)."""
    return json.loads(json.dumps(_table(config), default=_plain, allow_nan=False))


def from_dict(cls: type[T], values: Any, field: str = "") -> T:
    """Build the dataclass `cls` from plain JSON types, checking names and types.

    Raises:
        InputError: An unknown name, a missing one, or a value of the wrong type.
    """
    prefix = field or cls.__name__
    if not isinstance(values, dict):
        raise InputError(prefix, f"is {values!r}, must be a table of settings")
    hints = typing.get_type_hints(cls)
    fields = {f.name: f for f in dataclasses.fields(cls)}  # pyright: ignore[reportArgumentType]
    known = {name: (name, hints[name]) for name, entry in fields.items() if _CHOICES not in entry.metadata}
    for field_name, entry in fields.items():
        known |= {table: (field_name, choice) for table, choice in entry.metadata.get(_CHOICES, {}).items()}
    for name in values:
        if name not in known:
            raise unknown_name(prefix, name, known)
    for name, entry in fields.items():
        if _CHOICES in entry.metadata:
            _check_one(entry.metadata[_CHOICES], values, prefix)
            continue
        required = entry.default is dataclasses.MISSING and entry.default_factory is dataclasses.MISSING
        if required and name not in values:
            raise InputError(f"{prefix}.{name}", "is missing")
    converted = ((known[name], value, f"{prefix}.{name}") for name, value in values.items())
    return cls(**{name: _convert(hint, value, place) for (name, hint), value, place in converted})


def digest(config: Any) -> str:
    """SHA-256 of a dataclass or of plain JSON types, independent of field order."""
    values = to_dict(config) if dataclasses.is_dataclass(config) else config
    text = json.dumps(values, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _table(value: Any) -> Any:
    """`dataclasses.asdict`, with the choice of a `one_of` field under its own name."""
    if isinstance(value, dict):
        return {name: _table(entry) for name, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_table(entry) for entry in value]
    if not dataclasses.is_dataclass(value):
        return value
    entries = {}
    for field in dataclasses.fields(value):
        entry = getattr(value, field.name)
        entries[_choice(field.metadata[_CHOICES], entry) if _CHOICES in field.metadata else field.name] = _table(entry)
    return entries


def _choice(choices: Mapping[str, type], value: Any) -> str:
    for name, choice in choices.items():
        if type(value) is choice:
            return name
    raise TypeError(f"{type(value).__name__} is none of {', '.join(choices)}")


def _check_one(choices: Mapping[str, type], values: dict[str, Any], prefix: str) -> None:
    given = [name for name in choices if name in values]
    if len(given) != 1:
        found = f"holds the tables {' and '.join(given)}" if given else "names none of its tables"
        raise InputError(prefix, f"{found}, must hold exactly one of {', '.join(sorted(choices))}")


def _plain(value: Any) -> Any:
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"{type(value).__name__} is not a configuration value")


def _convert(hint: Any, value: Any, field: str) -> Any:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        if value is None and type(None) in arguments:
            return None
        (inner,) = (a for a in arguments if a is not type(None))
        return _convert(inner, value, field)
    if origin is typing.Literal:
        if value not in arguments:
            raise unknown_name(field, str(value), [str(a) for a in arguments])
        return value
    if origin is tuple:
        if not isinstance(value, list | tuple):
            raise InputError(field, f"is {value!r}, must be a list")
        inner = arguments[:1] * len(value) if arguments[-1] is Ellipsis else arguments
        if len(inner) != len(value):
            raise InputError(field, f"has {len(value)} entries, must have {len(inner)}")
        return tuple(_convert(h, v, f"{field}[{i}]") for i, (h, v) in enumerate(zip(inner, value, strict=True)))
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return from_dict(hint, value, field)
    return _scalar(hint, value, field)


def _scalar(hint: Any, value: Any, field: str) -> Any:
    if hint is Path and isinstance(value, str):
        return Path(value)
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if type(value) is not hint:
        raise InputError(field, f"is {value!r}, must be {getattr(hint, '__name__', hint)}")
    if isinstance(value, float) and not math.isfinite(value):
        raise InputError(field, f"is {value}, must be finite")
    return value
