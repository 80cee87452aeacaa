"""Two-relaxation-time collision (Ginzburg, Verhaeghe & d'Humieres 2008, Commun. Comput. Phys. 3, 427).

The even part of the populations relaxes with the time `tau` that sets the viscosity `nu = (tau - 1/2) / 3`, the odd
part with the time that keeps the magic parameter `(tau - 1/2)(tau_odd - 1/2)` constant, so that the position of a
wall does not depend on viscosity. 3/16 puts a half-way wall of an axis-aligned Poiseuille flow exactly half-way; 1/4
is the most stable. A body force enters by Guo's scheme (Guo, Zheng & Shi 2002, doi 10.1103/PhysRevE.65.046308), split
into its even and odd parts.
"""

from __future__ import annotations

from collections.abc import Sequence

import jax.numpy as jnp
from jaxtyping import Array

from emulax_lbm.lattices import Lattice
from emulax_lbm.moments import Populations, density, dot, momentum, project


def rates(relaxation_time: Array, magic: float) -> tuple[Array, Array]:
    """Relaxation rates of the even and of the odd part."""
    even = relaxation_time - 0.5
    return 1.0 / relaxation_time, 1.0 / (magic / even + 0.5)


def collide(
    lattice: Lattice,
    f: Sequence[Array],
    relaxation_time: Array,
    *,
    magic: float,
    force: Sequence[Array] | None = None,
) -> Populations:
    """One collision.

    Args:
        lattice: Velocity set.
        f: Populations after streaming, deviation form.
        relaxation_time: `tau` in steps, broadcastable to the field.
        magic: Magic parameter.
        force: Body force per volume in lattice units, one array per dimension, broadcastable to the field.

    Returns:
        Populations after collision.
    """
    rate_even, rate_odd = rates(relaxation_time, magic)
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
