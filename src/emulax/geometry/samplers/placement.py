"""What samplers share: seeds, the place of a body in the box, and the check of ranges."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from emulax.core.errors import InputError, unknown_name
from emulax.geometry.shape import Shape, place

Range = tuple[float, float]


@dataclass(frozen=True)
class Placement:
    """Where a sampler puts its bodies; the centre is uniform in its range.

    Args:
        centre_x: Centre of the bounding box over the domain's length.
        centre_y: Centre of the bounding box over the domain's height.
        domain: Lx and Ly [D].
        clearance: Distance that every body keeps from the domain's edges [D].
    """

    centre_x: Range = (0.2, 0.45)
    centre_y: Range = (0.35, 0.65)
    domain: Range = (8.0, 4.0)
    clearance: float = 0.5

    def check_room(self, length: float, height: float) -> None:
        """Check that bodies of at most this length and height [D] keep clear of the edges wherever they lie.

        Raises:
            InputError: A range that is none, or a place too near to an edge.
        """
        check_room((self.centre_x, self.centre_y), self.domain, (length, height), self.clearance)

    def centre(self, generator: np.random.Generator) -> tuple[float, float]:
        """A centre [D]: two draws, x before y."""
        x = float(generator.uniform(*self.centre_x)) * self.domain[0]
        return x, float(generator.uniform(*self.centre_y)) * self.domain[1]


def check_room(
    centres: tuple[Range, ...], domain: tuple[float, ...], sizes: tuple[float, ...], clearance: float
) -> None:
    """Check that bodies of at most these sizes keep clear of the edges wherever their centres lie.

    Args:
        centres: Centre of the bounding box over the domain's extent, for x, y and so on.
        domain: Extent of the domain along each axis [D].
        sizes: Largest extent of a body along each axis [D].
        clearance: Distance that every body keeps from the domain's edges [D].

    Raises:
        InputError: A range that is none, or a place too near to an edge.
    """
    fields = [f"centre_{axis}" for axis in "xyz"[: len(centres)]]
    for field, ends in zip(fields, centres, strict=True):
        check_range(field, ends)
    for field, (low, high), extent, size in zip(fields, centres, domain, sizes, strict=True):
        gap = min(low, 1 - high) * extent - size / 2
        if not gap >= clearance:
            raise InputError(field, f"is {low} to {high}: bodies could come within {gap:.3g} D of an edge")


def generator_of(seed: int, index: int) -> np.random.Generator:
    """The random numbers of body `index` of the sequence `seed`, independent of those of any other body.

    Raises:
        InputError: A negative seed or index.
    """
    for field, value in (("seed", seed), ("index", index)):
        if value < 0:
            raise InputError(field, f"is {value}, must not be negative")
    return np.random.default_rng(np.random.SeedSequence([seed, index]))


def centred(shape: Shape, centre: tuple[float, float]) -> Shape:
    """The shape moved so that its bounding box has this centre [D]."""
    left, bottom, right, top = shape.bounds
    return place(shape, (centre[0] - 0.5 * (left + right), centre[1] - 0.5 * (bottom + top)))


def check_range(field: str, value: Range, *, least: float = 0.0, most: float = math.inf) -> None:
    """Check that two numbers are finite, in ascending order, and positive or at least `least` and at most `most`.

    Raises:
        InputError: They are not.
    """
    low, high = value
    if not (math.isfinite(high) and 0 < low <= high <= most and low >= least):
        bound = f"at least {least:g}" if least else "positive"
        bound += f" and at most {most:g}" if math.isfinite(most) else ""
        raise InputError(field, f"is {low:g} to {high:g}, must be finite, in ascending order and {bound}")


def check_names(field: str, names: tuple[str, ...], allowed: tuple[str, ...]) -> None:
    """Check that there is at least one name, and that all are allowed.

    Raises:
        InputError: One is not, or there is none.
    """
    for name in names:
        if name not in allowed:
            raise unknown_name(field, name, allowed)
    if not names:
        raise InputError(field, f"is empty, must name at least one of {', '.join(allowed)}")
