"""Wall links as a function of the signed distance, for derivatives with respect to the shape of a body.

Which links a wall crosses, and which populations its answer is made of, stay as `find_links` found them. Where along
each link the wall crosses it follows the signed distance at the two ends; the weights and the wall's velocity there
follow that. They are smooth in the distances as long as the same cells are fluid.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from emulax_lbm.boundaries.bouzidi import link_weights
from emulax_lbm.boundaries.edges import Edges
from emulax_lbm.boundaries.links import WallLinks
from emulax_lbm.boundaries.wall_velocity import continued
from emulax_lbm.lattices import Lattice


class LinkEnds(NamedTuple):
    """The two cells that each link of one population joins.

    Attributes:
        cells: Flat index of the fluid and of the solid cell, in the field without ghost cells; of a ghost cell, that of
            the cell that it repeats or mirrors.
        velocity: Velocity of the wall in lattice units as given at either cell; None where no wall moves.
    """

    cells: Int[Array, "2 batch link"]
    velocity: Float[Array, "2 batch link d"] | None


def link_ends(
    lattice: Lattice,
    edges: Edges,
    shape: tuple[int, ...],
    links: Sequence[WallLinks],
    velocity: Float[np.ndarray, "batch ..."] | None = None,
) -> tuple[LinkEnds, ...]:
    """Find the cells that links join.

    Args:
        lattice: Velocity set.
        edges: How bodies go on beyond the box.
        shape: Cells in the box, `([z,] y, x)`.
        links: The links of every moving population.
        velocity: Velocity of the walls at the cell centres, `batch [z] y x d`, in lattice units; None at rest.
    """
    numbers = edges.around(np.arange(math.prod(shape), dtype=np.float64).reshape(1, *shape))[0]
    # Beyond an open edge there are no bodies, and padding points beyond the field: any cell will do.
    numbers = np.where(np.isfinite(numbers), numbers, 0.0).astype(np.int32)
    strides = [math.prod(numbers.shape[axis + 1 :]) for axis in range(numbers.ndim)]
    around = None if velocity is None else continued(edges, velocity).reshape(len(velocity), -1, lattice.dimensions)
    found = []
    for link, c in zip(links, lattice.velocities[1:], strict=True):
        fluid = np.asarray(link.cell)
        ends = np.clip([fluid, fluid - np.dot(strides, c[::-1])], 0, numbers.size - 1)
        moving = None
        if around is not None:
            moving = jnp.asarray(np.take_along_axis(around[None], ends[..., None], axis=2), link.weight.dtype)
        found.append(LinkEnds(jnp.asarray(numbers.take(ends)), moving))
    return tuple(found)


def with_distances(
    links: Sequence[WallLinks], ends: Sequence[LinkEnds], sdf: Float[Array, "batch ..."]
) -> tuple[WallLinks, ...]:
    """The same links with the weights that these signed distances give; their arms stay as they are.

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
    fluid, solid = (jnp.take_along_axis(distance, cells, axis=1) for cells in end.cells)
    # Not even an unused branch may divide by zero: its derivative would be no number.
    q = jnp.where(padding, 0.5, fluid / jnp.where(padding, 1.0, fluid - solid))
    # Where a link has no third cell, its own stands there.
    quadratic = jnp.zeros_like(padding) if link.far_cell is None else link.far_cell != link.cell
    weight, far_weight = link_weights(q, link.inner, quadratic)
    changed = link._replace(weight=jnp.where(padding, 0.0, weight))
    if link.far_cell is not None:
        changed = changed._replace(far_weight=jnp.where(padding, 0.0, far_weight))
    if end.velocity is not None:
        at_fluid, at_solid = end.velocity
        changed = changed._replace(velocity=at_fluid + q[..., None] * (at_solid - at_fluid))
    return changed
