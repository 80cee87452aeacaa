"""Walls inside the box, link by link, straight from the signed distance field.

A link joins a fluid cell to a solid neighbour. The wall crosses it at the fraction `q` of its length that the linear
signed distance gives. The population that should come back along the link is interpolated between the reflected one
and a neighbour (Bouzidi, Firdaouss & Lallemand 2001, doi 10.1063/1.1399290, eq. 5):

    q <  1/2:   f_i = 2q f_i'(x) + (1 - 2q) f_i'(x + c_i)
    q >= 1/2:   f_i = f_i'(x) / 2q + (1 - 1 / 2q) f_i(x)

with `i'` opposite to `i` and all values on the right after collision. `q = 1/2` is half-way bounce-back.
The result is written into the solid cell that population `i` streams from.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from emulax_lbm.boundaries.edges import Edges
from emulax_lbm.lattices import Lattice
from emulax_lbm.moments import Populations, ordered_sum
from emulax_lbm.streaming import ghosts, kept


class WallLinks(NamedTuple):
    """Links of one population and of all cases of a batch, padded to a common number.

    Attributes:
        cell: Flat index, in the field with its ghost layer, of the fluid cell; an index beyond the field marks padding.
        weight: Weight of the reflected population, `2q` or `1 / 2q`; 0 marks padding.
        inner: Whether the second value comes from the next fluid cell (`q < 1/2`) or from the same one.
    """

    cell: Int[Array, "batch link"]
    weight: Float[Array, "batch link"]
    inner: Array


class WallExchange(NamedTuple):
    """What walls and fluid exchange in a step, by momentum exchange (Ladd 1994), `sum_links c_i' (f_i' + f_i)`.

    It is computed from deviations from rest; the rest state pushes equally from all sides on a body that is wholly
    inside.

    Attributes:
        force: Force on the walls.
        mass: Mass that the fluid gains; interpolation between unequal populations makes or takes a little.
    """

    force: Float[Array, "batch d"]
    mass: Float[Array, " batch"]


def find_links(
    lattice: Lattice,
    edges: Edges,
    sdf: Float[np.ndarray, "batch ..."],
    *,
    interpolate: bool,
    dtype: np.dtype,
    count: int = 0,
    multiple: int = 1,
) -> tuple[WallLinks, ...]:
    """Find the wall links of a batch of signed distance fields.

    Args:
        lattice: Velocity set.
        edges: How bodies go on beyond the box.
        sdf: Signed distance (positive in fluid), any unit of length.
        interpolate: Bouzidi's interpolation, or half-way bounce-back everywhere.
        dtype: Type of the weights.
        count: Pad to at least this many links per population.
        multiple: Pad to a multiple of this number.

    Returns:
        One `WallLinks` per moving population.
    """
    batch, dimensions = sdf.shape[0], lattice.dimensions
    padded = edges.around(sdf.astype(np.float64))
    solid = padded <= 0.0
    axes, padded_shape = tuple(range(1, 1 + dimensions)), padded.shape[1:]
    beyond = math.prod(padded_shape)
    inside = np.pad(np.ones(sdf.shape, bool), ghosts(dimensions))
    found = []
    for velocity in lattice.velocities[1:]:
        ahead = tuple(-c for c in reversed(velocity))
        behind = tuple(reversed(velocity))
        cut = ~solid & np.roll(solid, behind, axes) & inside
        blocked = np.roll(solid, ahead, axes)
        where = np.nonzero(cut)
        distance = padded[where]
        q = distance / (distance - np.roll(padded, behind, axes)[where])
        q = np.clip(q, 1e-6, 1.0) if interpolate else np.full_like(q, 0.5)
        q = np.where(blocked[where] & (q < 0.5), 0.5, q)
        found.append((where[0], np.ravel_multi_index(where[1:], padded_shape), q))
    width = max(count, *(int(np.bincount(case, minlength=batch).max()) for case, _, _ in found))
    width = -(-width // multiple) * multiple
    return tuple(_pad(case, cell, q, batch, width, beyond, dtype) for case, cell, q in found)


def _pad(
    case: np.ndarray, cell: np.ndarray, q: np.ndarray, batch: int, width: int, beyond: int, dtype: np.dtype
) -> WallLinks:
    cells = np.full((batch, width), beyond, np.int32)
    weight = np.zeros((batch, width), dtype)
    inner = np.zeros((batch, width), bool)
    start = np.searchsorted(case, np.arange(batch))
    slot = np.arange(len(case)) - start[case]
    cells[case, slot] = cell
    weight[case, slot] = np.where(q < 0.5, 2.0 * q, 0.5 / q)
    inner[case, slot] = q < 0.5
    return WallLinks(jnp.asarray(cells), jnp.asarray(weight), jnp.asarray(inner))


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
    force = [jnp.zeros(batch, f[0].dtype)] * lattice.dimensions
    mass = jnp.zeros(batch, f[0].dtype)
    for i, link in enumerate(links, start=1):
        opposite, c = lattice.opposite[i], lattice.velocities[i]
        step = sum(component * stride for component, stride in zip(c, strides, strict=True))
        padding = link.weight == 0.0
        cell = jnp.where(padding, 0, link.cell + offset)
        reflected = _take(flat[opposite], cell)
        second = jnp.where(link.inner, _take(flat[opposite], cell + step), _take(flat[i], cell))
        value = second + link.weight * (reflected - second)
        target = jnp.where(padding, nowhere, cell - step)
        out[i] = out[i].at[target].set(value, mode="drop", unique_indices=True)
        exchanged = ordered_sum(jnp.where(padding, 0.0, reflected + value))
        mass = mass + ordered_sum(jnp.where(padding, 0.0, value - reflected))
        for axis, component in enumerate(c):
            if component:
                force[axis] = force[axis] - component * exchanged
    return tuple(population.reshape(shape) for population in out), WallExchange(jnp.stack(force, axis=-1), mass)


def _take(values: Array, index: Array) -> Array:
    return kept(values.at[index].get(mode="clip"))
