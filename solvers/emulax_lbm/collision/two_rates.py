"""Relaxation with a rate for the even and one for the odd part of the populations.

A body force enters by Guo's scheme (Guo, Zheng & Shi 2002, doi 10.1103/PhysRevE.65.046308), split into its even and odd
parts.
"""

from __future__ import annotations

from collections.abc import Sequence

import jax.numpy as jnp
from jaxtyping import Array

from emulax_lbm.lattices import Lattice
from emulax_lbm.moments import Populations, density, dot, momentum, project


def relax(
    lattice: Lattice,
    f: Sequence[Array],
    rate_even: Array,
    rate_odd: Array,
    force: Sequence[Array] | None,
) -> Populations:
    """Relax the even and the odd part towards equilibrium, each at its rate; see `Collision.collide`."""
    u = momentum(lattice, f)
    if force is not None:
        u = tuple(component + 0.5 * strength for component, strength in zip(u, force, strict=True))
    base = density(lattice, f) - 1.5 * dot(u, u)

    out: list[Array] = list(f)
    moved = jnp.zeros_like(base)
    for i, j in lattice.pairs:
        weight, c = lattice.weights[i], lattice.velocities[i]
        cu = project(c, u)
        even = rate_even * (weight * (base + 4.5 * cu * cu) - 0.5 * (f[i] + f[j]))
        odd = rate_odd * (3.0 * weight * cu - 0.5 * (f[i] - f[j]))
        if force is not None:
            cf = project(c, force)
            even = even + (1.0 - 0.5 * rate_even) * weight * (9.0 * cu * cf - 3.0 * dot(u, force))
            odd = odd + (1.0 - 0.5 * rate_odd) * weight * 3.0 * cf
        out[i] = f[i] + even + odd
        out[j] = f[j] + even - odd
        moved = moved + even
    # The rest population gives what the others gain: float32 weights do not sum to one, and mass would creep.
    out[0] = f[0] - 2.0 * moved
    return tuple(out)
