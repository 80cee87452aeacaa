"""Configuration: frozen dataclasses on one side, JSON on the other."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
import types
import typing
from pathlib import Path
from typing import Any, TypeVar

from emulax.core.errors import InputError, unknown_name

T = TypeVar("T")


def to_dict(config: Any) -> dict[str, Any]:
    """A dataclass as plain JSON types (tuples become lists, paths strings)."""
    return json.loads(json.dumps(dataclasses.asdict(config), default=_plain, allow_nan=False))


def from_dict(cls: type[T], values: Any, field: str = "") -> T:
    """Build the dataclass `cls` from plain JSON types, checking names and types.

    Raises:
        InputError: An unknown name, a missing one, or a value of the wrong type.
    """
    prefix = field or cls.__name__
    if not isinstance(values, dict):
        raise InputError(prefix, f"is {values!r}, must be a table of settings")
    hints = typing.get_type_hints(cls)
    known = {f.name: f for f in dataclasses.fields(cls)}  # pyright: ignore[reportArgumentType]
    for name in values:
        if name not in known:
            raise unknown_name(prefix, name, known)
    for name, entry in known.items():
        required = entry.default is dataclasses.MISSING and entry.default_factory is dataclasses.MISSING
        if required and name not in values:
            raise InputError(f"{prefix}.{name}", "is missing")
    return cls(**{name: _convert(hints[name], value, f"{prefix}.{name}") for name, value in values.items()})


def digest(config: Any) -> str:
    """SHA-256 of a dataclass or of plain JSON types, independent of field order."""
    values = to_dict(config) if dataclasses.is_dataclass(config) else config
    text = json.dumps(values, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


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
