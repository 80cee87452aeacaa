"""What every sampler of shapes can do."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from emulax.geometry.body import Body
from emulax.geometry.shape import Shape


@runtime_checkable
class Sampler(Protocol):
    """A sequence of random bodies, each placed in the box."""

    @property
    def domain(self) -> tuple[float, ...]:
        """Lx, Ly and, for bodies in space, Lz of the box that the bodies are placed in [D]."""
        ...

    def sample(self, seed: int, index: int) -> Shape | Body:
        """Body number `index` of the sequence `seed`; it does not depend on which others are drawn.

        Raises:
            InputError: A negative seed or index.
        """
        ...
