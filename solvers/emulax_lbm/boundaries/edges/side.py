"""One side of the box, and how to read and write the layers of cells along it."""

from __future__ import annotations

from dataclasses import dataclass

import jax.numpy as jnp
from jaxtyping import Array


@dataclass(frozen=True)
class Side:
    """One side of the box.

    Args:
        name: `left`, `right`, `bottom`, `top`, `back` or `front`.
        axis: The axis across it: 0 for x, 1 for y, 2 for z.
        sign: Sign of the velocities that enter through it.
    """

    name: str
    axis: int
    sign: int

    def inner(self, field: Array, depth: int = 0) -> Array:
        """The outermost layer of cells inside the box, or one further in; the field without the axis across."""
        return field[self._layer(1 + depth if self.sign > 0 else -2 - depth)]

    def far_inner(self, field: Array) -> Array:
        """The same of the opposite side."""
        return field[self._layer(-2 if self.sign > 0 else 1)]

    def with_ghosts(self, field: Array, layer: Array) -> Array:
        """The field with `layer` as its ghost cells here."""
        return field.at[self._layer(0 if self.sign > 0 else -1)].set(layer)

    def shifted(self, layer: Array, velocity: tuple[int, ...]) -> Array:
        """A layer moved one cell against the components of `velocity` along the side.

        The ghost cell that streams into cell s is s - c: so each cell meets what was made for it.
        """
        along = [c for axis, c in enumerate(velocity) if axis != self.axis]
        for position, c in enumerate(along):
            if c:
                layer = jnp.roll(layer, -c, axis=-1 - position)
        return layer

    def _layer(self, index: int) -> tuple:
        return (..., index, *[slice(None)] * self.axis)


SIDES = (
    Side("left", 0, 1),
    Side("right", 0, -1),
    Side("bottom", 1, 1),
    Side("top", 1, -1),
    Side("back", 2, 1),
    Side("front", 2, -1),
)


def interior(layer: Array, dimensions: int) -> Array:
    """A layer of cells without its ghost cells, in a box of so many dimensions."""
    return layer[(..., *[slice(1, -1)] * (dimensions - 1))]
