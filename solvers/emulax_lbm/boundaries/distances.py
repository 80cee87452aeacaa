"""Wall links as a function of the signed distance, for derivatives with respect to the shape of a body.

Which links a wall crosses, and which populations its answer is made of, stay as `find_links` found them. Where along
each link the wall crosses it follows the signed distance at the two ends, and the weights follow that: they are smooth
in the distances as long as the same cells are fluid.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from emulax_lbm.boundaries.edges import Edges
from emulax_lbm.boundaries.links import WallLinks
from emulax_lbm.lattices import Lattice


class LinkEnds(NamedTuple):
    """The cells that the links of one population join, as flat indices in the field without ghost cells.

    Attributes:
        fluid: The cell that the population arrives in.
        solid: The cell behind the wall; where it is a ghost cell, the cell that it repeats or mirrors.
    """

    fluid: Int[Array, "batch link"]
    solid: Int[Array, "batch link"]


def link_ends(
    lattice: Lattice, edges: Edges, shape: tuple[int, ...], links: Sequence[WallLinks]
) -> tuple[LinkEnds, ...]:
    """Find the cells that links join.

    Args:
        lattice: Velocity set.
        edges: How bodies go on beyond the box.
        shape: Cells in the box, `([z,] y, x)`.
        links: The links of every moving population.
    """
    numbers = edges.around(np.arange(math.prod(shape), dtype=np.float64).reshape(1, *shape))[0]
    # Beyond an open edge there are no bodies, and padding points beyond the field: any cell will do.
    numbers = np.where(np.isfinite(numbers), numbers, 0.0).astype(np.int32)
    strides = [math.prod(numbers.shape[axis + 1 :]) for axis in range(numbers.ndim)]
    found = []
    for link, velocity in zip(links, lattice.velocities[1:], strict=True):
        step = np.dot(strides, velocity[::-1])
        ends = (np.asarray(link.cell), np.asarray(link.cell) - step)
        found.append(LinkEnds(*(jnp.asarray(numbers.take(cell, mode="clip")) for cell in ends)))
    return tuple(found)


def with_distances(
    links: Sequence[WallLinks], ends: Sequence[LinkEnds], sdf: Float[Array, "batch ..."]
) -> tuple[WallLinks, ...]:
    """The same links with the weights that these signed distances give.

    Args:
        links: The links of every moving population.
        ends: The cells that they join.
        sdf: Signed distance at the cell centres, any unit of length; positive at the same cells as when the links were
            found.
    """
    distance = sdf.reshape(len(sdf), -1)
    return tuple(_moved(link, end, distance) for link, end in zip(links, ends, strict=True))


def _moved(link: WallLinks, end: LinkEnds, distance: Float[Array, "batch cell"]) -> WallLinks:
    padding = link.weight == 0.0
    fluid, solid = (jnp.take_along_axis(distance, cells, axis=1) for cells in end)
    # Not even an unused branch may divide by zero: its derivative would be no number.
    q = fluid / jnp.where(padding, 1.0, fluid - solid)
    weight = jnp.where(link.inner, 2.0 * q, 0.5 / jnp.maximum(q, 0.5))
    return link._replace(weight=jnp.where(padding, 0.0, weight))
