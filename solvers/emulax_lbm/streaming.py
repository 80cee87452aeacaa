"""Streaming by pulling from neighbours.

Fields carry a layer of ghost cells. Boundaries write what should arrive from a ghost or a solid cell *into* that cell
before the step, so streaming itself is one fused pass with static shifts and knows of no boundary.
"""

from __future__ import annotations

from collections.abc import Sequence

import jax.numpy as jnp
import numpy as np
from jax.ad_checkpoint import checkpoint_name
from jaxtyping import Array

from emulax_lbm.lattices import Lattice
from emulax_lbm.moments import Populations


def ghosts(dimensions: int) -> np.ndarray:
    """Widths for `np.pad` that put one layer of ghost cells around a batch of fields."""
    return np.array([[0, 0], *[[1, 1]] * dimensions])


def inside(field: Array) -> Array:
    """A batch of fields without the ghost layer."""
    return field[(slice(None), *[slice(1, -1)] * (field.ndim - 1))]


def stream(lattice: Lattice, f: Sequence[Array]) -> Populations:
    """Move every population by its velocity; what would come from outside the ghost layer is zero (and never read)."""
    return tuple(kept(_shift(population, velocity)) for population, velocity in zip(f, lattice.velocities, strict=True))


KEPT = "kept"


def kept(value: Array) -> Array:
    """Mark what reverse mode keeps of a step so as not to take it again: what streaming and walls have read."""
    return checkpoint_name(value, KEPT)


def _shift(field: Array, velocity: Sequence[int]) -> Array:
    padding = [(0, 0)] * (field.ndim - len(velocity))
    window = [slice(None)] * len(padding)
    for c, n in zip(reversed(velocity), field.shape[-len(velocity) :], strict=True):
        padding.append((max(c, 0), max(-c, 0)))
        window.append(slice(max(-c, 0), max(-c, 0) + n))
    return jnp.pad(field, padding)[tuple(window)]
