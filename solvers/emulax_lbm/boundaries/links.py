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

from collections.abc import Sequence
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from emulax_lbm.lattices import Lattice
from emulax_lbm.moments import Populations, ordered_sum
from emulax_lbm.streaming import GHOSTS


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


def find_links(
    lattice: Lattice,
    sdf: Float[np.ndarray, "batch y x"],
    *,
    interpolate: bool,
    dtype: np.dtype,
    count: int = 0,
) -> tuple[WallLinks, ...]:
    """Find the wall links of a batch of signed distance fields.

    Args:
        lattice: Velocity set.
        sdf: Signed distance (positive in fluid), any unit of length.
        interpolate: Bouzidi's interpolation, or half-way bounce-back everywhere.
        dtype: Type of the weights.
        count: Pad to at least this many links per population.

    Returns:
        One `WallLinks` per moving population.
    """
    batch, ny, nx = sdf.shape
    # Ghost cells count as fluid: whatever happens there is the edges' business.
    padded = np.pad(sdf.astype(np.float64), GHOSTS, constant_values=np.inf)
    solid = padded <= 0.0
    beyond = (ny + 2) * (nx + 2)
    found = []
    for cx, cy in lattice.velocities[1:]:

        def neighbour(field: np.ndarray, dx: int, dy: int) -> np.ndarray:
            return np.roll(field, (-dy, -dx), axis=(1, 2))

        cut = ~solid & neighbour(solid, -cx, -cy)
        cut[:, [0, -1], :] = cut[:, :, [0, -1]] = False
        blocked = neighbour(solid, cx, cy)
        case, row, column = np.nonzero(cut)
        distance = padded[case, row, column]
        q = distance / (distance - neighbour(padded, -cx, -cy)[case, row, column])
        q = np.clip(q, 1e-6, 1.0) if interpolate else np.full_like(q, 0.5)
        q = np.where(blocked[case, row, column] & (q < 0.5), 0.5, q)
        found.append((case, row * (nx + 2) + column, q))
    width = max(count, *(int(np.bincount(case, minlength=batch).max()) for case, _, _ in found))
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


def reflect(
    lattice: Lattice, links: Sequence[WallLinks], f: Populations
) -> tuple[Populations, Float[Array, "batch 2"]]:
    """Write the reflected populations into the solid cells they stream from.

    Returns:
        The populations, and the force on the walls by momentum exchange (Ladd 1994), `sum_links c_i' (f_i' + f_i)`.
        It is computed from deviations from rest; the rest state pushes equally from all sides on a body that is
        wholly inside.
    """
    shape = f[0].shape
    batch, plane, width = shape[0], shape[1] * shape[2], shape[2]
    offset = (jnp.arange(batch, dtype=jnp.int32) * plane)[:, None]
    # Padding is written beyond the field and dropped; each to an index of its own, as unique indices are promised.
    count = links[0].cell.size
    nowhere = batch * plane + jnp.arange(count, dtype=jnp.int32).reshape(links[0].cell.shape)
    flat = [population.reshape(-1) for population in f]
    out = list(flat)
    force = [jnp.zeros(batch, f[0].dtype)] * lattice.dimensions
    for i, link in enumerate(links, start=1):
        opposite, c = lattice.opposite[i], lattice.velocities[i]
        step = c[1] * width + c[0]
        padding = link.weight == 0.0
        cell = jnp.where(padding, 0, link.cell + offset)
        reflected = _take(flat[opposite], cell)
        second = jnp.where(link.inner, _take(flat[opposite], cell + step), _take(flat[i], cell))
        value = second + link.weight * (reflected - second)
        target = jnp.where(padding, nowhere, cell - step)
        out[i] = out[i].at[target].set(value, mode="drop", unique_indices=True)
        exchanged = ordered_sum(jnp.where(padding, 0.0, reflected + value))
        for axis, component in enumerate(c):
            if component:
                force[axis] = force[axis] - component * exchanged
    return tuple(population.reshape(shape) for population in out), jnp.stack(force, axis=-1)


def _take(values: Array, index: Array) -> Array:
    return values.at[index].get(mode="clip")
