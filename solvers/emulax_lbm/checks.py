"""What is asked of values from outside: one line names the field, what was given and what is allowed."""

from __future__ import annotations

import math
import reprlib
import textwrap
from collections.abc import Collection
from numbers import Integral, Real
from typing import TypeGuard

import jax
import numpy as np
from jax.core import Tracer
from jaxtyping import Array, Float

from emulax_lbm.errors import CaseError

LARGEST_COUNT = 2**31 - 1
"""Steps are counted in 32 bits."""


def require_kind(field: str, value: object, kind: object, allowed: str) -> None:
    """Refuse what is no instance of a class, a union or a protocol; `allowed` says what would be."""
    # A class has the attributes that a protocol asks for, but is not what it makes.
    if isinstance(value, type) or not isinstance(value, kind):  # pyright: ignore[reportArgumentType]
        raise CaseError(field, f"is {shown(value)}, must be {allowed}")


def require_name(field: str, value: object, allowed: tuple[str, ...]) -> None:
    """Refuse what is none of these names."""
    if not isinstance(value, str) or value not in allowed:
        *others, last = map(repr, allowed)
        raise CaseError(field, f"is {shown(value)}, must be {', '.join(others)} or {last}")


def require_positive(field: str, value: object) -> None:
    """Refuse what is no positive, finite number."""
    if not (_is_number(value) and value > 0.0):
        raise CaseError(field, f"is {shown(value)}, must be a positive number")


def require_between(field: str, value: object, low: float, high: float) -> None:
    """Refuse what is no number between these two."""
    if not (_is_number(value) and low <= value <= high):
        raise CaseError(field, f"is {shown(value)}, must be between {low:g} and {high:g}")


def require_count(field: str, value: object, least: int = 0) -> None:
    """Refuse what is no whole number, or less than the least."""
    if isinstance(value, bool) or not isinstance(value, Integral) or int(value) > LARGEST_COUNT:
        raise CaseError(field, f"is {shown(value)}, must be a whole number from {least} to {LARGEST_COUNT}")
    if int(value) < least:
        raise CaseError(field, f"is {value}, must be at least {least}")


def require_shape(field: str, value: object, axes: Collection[int]) -> None:
    """Refuse what is no tuple of numbers of cells, as many as one of the counts."""
    if not (isinstance(value, tuple) and len(value) in axes):
        counts = " or ".join(map(str, axes))
        raise CaseError(field, f"is {shown(value)}, must be a tuple of the cells along {counts} axes")
    for cells in value:
        require_count(field, cells, 1)


def require_vector(field: str, value: object, counts: Collection[int]) -> None:
    """Refuse what is no tuple of finite numbers, as many as one of the counts, or none."""
    if not (isinstance(value, tuple) and len(value) in (0, *counts) and all(map(_is_number, value))):
        components = " or ".join(map(str, counts))
        raise CaseError(field, f"is {shown(value)}, must be empty or a tuple of {components} finite components")


def require_array(field: str, value: object, shape: tuple[int, ...] | None = None, *, finite: bool = True) -> None:
    """Refuse what is no array of single or double precision, has another shape, or holds what is not finite."""
    # Nothing here heeds a mask.
    if not isinstance(value, np.ndarray | jax.Array) or isinstance(value, np.ma.MaskedArray):
        raise CaseError(field, f"is {shown(value)}, must be an array of float32 or float64")
    if value.dtype not in (np.float32, np.float64):
        raise CaseError(field, f"is an array of {value.dtype}, must be one of float32 or float64")
    if shape is not None and value.shape != shape:
        raise CaseError(field, f"has shape {value.shape}, must have {shape}")
    # What is traced has no values yet.
    if finite and not isinstance(value, Tracer) and not value.__array_namespace__().isfinite(value).all():
        raise CaseError(field, "holds values that are not finite")


def require_components(field: str, value: Array | np.ndarray, *counts: int) -> None:
    """Refuse a field of vectors with other numbers of components on its last axis than these."""
    if value.ndim == 0 or value.shape[-1] not in counts:
        allowed = " or ".join(map(str, counts))
        raise CaseError(field, f"has shape {value.shape}, must have {allowed} components on the last axis")


def numbers_of(field: str, value: object, axes: int) -> Float[np.ndarray, "..."]:
    """An array, or numbers in sequences, as an array of double precision with so many axes.

    Raises:
        CaseError: It is something else, has other axes, or holds what is not finite.
    """
    try:
        found = np.asarray(value)
    except ValueError:  # sequences of different lengths
        found = np.empty((), object)
    if found.dtype.kind not in "iuf":
        raise CaseError(field, f"is {shown(value)}, must hold real numbers")
    if found.ndim != axes:
        raise CaseError(field, f"has shape {found.shape}, must have {axes} axes")
    if not np.isfinite(found).all():
        raise CaseError(field, "holds values that are not finite")
    return found.astype(np.float64)


def shown(value: object) -> str:
    """What a value looks like, shortened to a part of a line."""
    return str(value) if isinstance(value, float) else textwrap.shorten(reprlib.repr(value), 80, placeholder=" ...")


def _is_number(value: object) -> TypeGuard[float]:
    """Whether it is real and finite, and no truth value."""
    try:
        return isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value)
    except OverflowError:  # of a whole number with hundreds of digits
        return False
