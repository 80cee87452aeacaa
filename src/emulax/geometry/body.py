"""A body in space: its signed distance and where it lies."""

from __future__ import annotations

from dataclasses import dataclass, replace

from jaxtyping import Array, Float

from emulax.geometry.combine import Sdf, evaluate, translate


@dataclass(frozen=True, eq=False)
class Body:
    """One solid body in three dimensions, or several that belong together.

    Args:
        name: What to call it in tables and pictures.
        distance: Signed distance, negative in the solid [D].
        bounds: Smallest x, y and z, then largest x, y and z [D].
        identifier: Hash of the geometry. Equal for one body at two places, so that splits keep them together.
    """

    name: str
    distance: Sdf
    bounds: tuple[float, ...]
    identifier: str

    def sdf(self, points: Float[Array, "*batch 3"]) -> Float[Array, "*batch"]:
        """Signed distance at `points` [D]; bodies of one kind share one compile."""
        return evaluate(self.distance, points)

    @property
    def length(self) -> float:
        """Extent along the flow, in x [D]."""
        return self.bounds[3] - self.bounds[0]

    @property
    def height(self) -> float:
        """Extent in y [D]."""
        return self.bounds[4] - self.bounds[1]

    @property
    def width(self) -> float:
        """Extent in z [D]."""
        return self.bounds[5] - self.bounds[2]


def move_body(body: Body, offset: tuple[float, float, float]) -> Body:
    """The body moved by `offset` [D]."""
    return replace(
        body,
        distance=translate(body.distance, offset),
        bounds=tuple(bound + shift for bound, shift in zip(body.bounds, offset * 2, strict=True)),
    )
