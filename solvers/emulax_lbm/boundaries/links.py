"""Walls inside the box, link by link.

A link joins a fluid cell to a solid neighbour. The population that should come back along it is made of the reflected
one and of one or two beside it, with weights that depend on where the wall crosses the link (`bouzidi.py`). Where the
wall moves at `u_w`, it adds `6 w_i c_i.u_w` times the weights of all populations that moved towards it (Bouzidi,
Firdaouss & Lallemand 2001, doi 10.1063/1.1399290).

The result is written into the solid cell that population `i` streams from.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from emulax_lbm.boundaries.bouzidi import Walls, link_weights
from emulax_lbm.boundaries.crossings import Crossings, arms, find_crossings, in_the_box, neighbours, velocities_at
from emulax_lbm.boundaries.edges import Edges
from emulax_lbm.boundaries.exchange import WallExchange, exchange
from emulax_lbm.lattices import Lattice
from emulax_lbm.moments import Populations, project
from emulax_lbm.streaming import kept


class WallLinks(NamedTuple):
    """Links of one population and of all cases of a batch, padded to a common number.

    Attributes:
        cell: Flat index, in the field with its ghost layer, of the fluid cell; an index beyond the field marks padding.
        weight: Weight of the reflected population; 0 marks padding.
        inner: Whether the values beside it are of the same population and begin at the next fluid cell (`q < 1/2`), or
            are of the opposite one and begin at the same cell.
        arm: From the centre of moments to where the wall crosses the link, in cells.
        far_cell: Flat index of the cell of the third value; None where walls are linear or half-way.
        far_weight: Weight of the third value; 0 where the cell is missing.
        velocity: Velocity of the wall in lattice units; None where no wall moves.
    """

    cell: Int[Array, "batch link"]
    weight: Float[Array, "batch link"]
    inner: Array
    arm: Float[Array, "batch link d"]
    far_cell: Int[Array, "batch link"] | None = None
    far_weight: Float[Array, "batch link"] | None = None
    velocity: Float[Array, "batch link d"] | None = None


def find_links(
    lattice: Lattice,
    edges: Edges,
    sdf: Float[np.ndarray, "batch ..."],
    *,
    walls: Walls,
    dtype: np.dtype,
    velocity: Float[np.ndarray, "batch ..."] | None = None,
    centre: Float[np.ndarray, "batch d"] | None = None,
    count: int = 0,
    multiple: int = 1,
) -> tuple[WallLinks, ...]:
    """Find the wall links of a batch of signed distance fields.

    Args:
        lattice: Velocity set.
        edges: How bodies go on beyond the box.
        sdf: Signed distance (positive in fluid), any unit of length.
        walls: Interpolation, or half-way bounce-back everywhere. Where a cell to interpolate with is missing, a link
            takes the next simpler rule.
        dtype: Type of the weights.
        velocity: Velocity of the walls at the cell centres, `batch [z] y x d`, in lattice units; None at rest.
        centre: What moments are about, in cells from the corner of the box; its middle when None.
        count: Pad to at least this many links per population.
        multiple: Pad to a multiple of this number.

    Returns:
        One `WallLinks` per moving population.
    """
    batch, *box = sdf.shape
    if centre is None:
        centre = np.tile(0.5 * np.array(box[::-1]), (batch, 1))
    distance = edges.around(sdf.astype(np.float64))
    crossings = find_crossings(lattice, distance)
    width = max(count, *(int(np.bincount(one.cell[0], minlength=batch).max()) for one in crossings))
    width = -(-width // multiple) * multiple
    moving = [] if velocity is None else velocities_at(lattice, edges, crossings, velocity)
    found = []
    for i, one in enumerate(crossings):
        columns = _weighed(lattice, edges, distance, one, walls)
        columns["arm"] = arms(lattice, edges, one, tuple(box), centre)
        if moving:
            columns["velocity"] = moving[i]
        found.append(_padded(columns, one.cell[0], batch, width, dtype, nowhere=math.prod(distance.shape[1:])))
    return tuple(found)


def _weighed(
    lattice: Lattice, edges: Edges, distance: Float[np.ndarray, "batch ..."], crossings: Crossings, walls: Walls
) -> dict[str, np.ndarray]:
    """Cells and weights of the links of one population, by the names that `WallLinks` gives them."""
    c, shape = lattice.velocities[crossings.population], distance.shape[1:]
    next_cell, second = (neighbours(crossings.cell, c, steps) for steps in (1, 2))
    q = np.clip(crossings.fraction, 1e-6, 1.0)
    if walls == "half-way":
        q = np.full_like(q, 0.5)
    inner = (q < 0.5) & (distance[next_cell] > 0.0)
    columns = {"cell": np.ravel_multi_index(crossings.cell[1:], shape), "inner": inner}
    if walls != "bouzidi-quadratic":
        columns["weight"], _ = link_weights(q, inner, np.zeros_like(inner))
        return columns
    beside = tuple(np.where(inner, two, one) for one, two in zip(next_cell, second, strict=True))
    far, there = in_the_box(edges, beside, shape)
    quadratic = there & (distance[far] > 0.0)
    columns["far_cell"] = np.where(quadratic, np.ravel_multi_index(far[1:], shape), columns["cell"])
    columns["weight"], columns["far_weight"] = link_weights(q, inner, quadratic)
    return columns


def _padded(
    columns: dict[str, np.ndarray], case: np.ndarray, batch: int, width: int, dtype: np.dtype, *, nowhere: int
) -> WallLinks:
    """Links in a row, in the order of their cases, as one row per case."""
    slot = np.arange(len(case)) - np.searchsorted(case, np.arange(batch))[case]
    rows = {}
    for name, values in columns.items():
        kind = {"i": np.dtype(np.int32), "f": dtype}.get(values.dtype.kind, values.dtype)
        rows[name] = np.full((batch, width, *values.shape[1:]), nowhere if name == "cell" else 0, kind)
        rows[name][case, slot] = values
    return WallLinks(**{name: jnp.asarray(values) for name, values in rows.items()})


def reflect(lattice: Lattice, links: Sequence[WallLinks], f: Populations) -> tuple[Populations, WallExchange]:
    """Write the reflected populations into the solid cells they stream from; also what the walls get and give."""
    shape = f[0].shape
    batch, cells = shape[0], math.prod(shape[1:])
    strides = [math.prod(shape[len(shape) - axis :]) for axis in range(lattice.dimensions)]
    offset = (jnp.arange(batch, dtype=jnp.int32) * cells)[:, None]
    # Padding is written beyond the field and dropped; each to an index of its own, as unique indices are promised.
    count = links[0].cell.size
    nowhere = batch * cells + jnp.arange(count, dtype=jnp.int32).reshape(links[0].cell.shape)
    flat = [population.reshape(-1) for population in f]
    out = list(flat)
    arriving, leaving = [], []
    for i, link in enumerate(links, start=1):
        opposite, c = lattice.opposite[i], lattice.velocities[i]
        step = sum(component * stride for component, stride in zip(c, strides, strict=True))
        padding = link.weight == 0.0
        cell = jnp.where(padding, 0, link.cell + offset)
        reflected = _take(flat[opposite], cell)
        second = jnp.where(link.inner, _take(flat[opposite], cell + step), _take(flat[i], cell))
        value = second + link.weight * (reflected - second)
        if link.far_cell is not None and link.far_weight is not None:
            far = link.far_cell + offset
            third = jnp.where(link.inner, _take(flat[opposite], far), _take(flat[i], far))
            value = value + link.far_weight * (third - second)
        if link.velocity is not None:
            value = value + push(lattice, i, link)
        target = jnp.where(padding, nowhere, cell - step)
        out[i] = out[i].at[target].set(value, mode="drop", unique_indices=True)
        arriving.append(jnp.where(padding, 0.0, reflected))
        leaving.append(jnp.where(padding, 0.0, value))
    moving = [link.velocity for link in links if link.velocity is not None]
    walls = exchange(
        lattice.velocities[1:],
        jnp.stack([link.arm for link in links], axis=1),
        jnp.stack(moving, axis=1) if moving else None,
        jnp.stack(arriving, axis=1),
        jnp.stack(leaving, axis=1),
    )
    return tuple(population.reshape(shape) for population in out), walls


def push(lattice: Lattice, population: int, link: WallLinks) -> Float[Array, "batch link"]:
    """What moving walls add to the links of a population; zero where none moves."""
    if link.velocity is None:
        return jnp.zeros_like(link.weight)
    along = project(lattice.velocities[population], [link.velocity[..., axis] for axis in range(lattice.dimensions)])
    return 6.0 * lattice.weights[population] * along * jnp.where(link.inner, 1.0, link.weight)


def _take(values: Array, index: Array) -> Array:
    return kept(values.at[index].get(mode="clip"))
