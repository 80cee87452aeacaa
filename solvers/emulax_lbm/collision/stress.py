"""The second moments that are not in equilibrium: what viscous stress is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import jax.numpy as jnp
from jaxtyping import Array

from emulax_lbm.lattices import Lattice
from emulax_lbm.lattices.lattice import CS2
from emulax_lbm.moments import density

Stress = Mapping[tuple[int, int], Array]
"""A symmetric tensor: its components `(a, b)` with `a <= b`."""


def nonequilibrium_stress(
    lattice: Lattice, f: Sequence[Array], u: Sequence[Array], force: Sequence[Array] | None = None
) -> Stress:
    """Second moments of what relaxes.

        P_ab = sum_i c_ia c_ib f_i - r delta_ab / 3 - u_a u_b + (u_a F_b + F_a u_b) / 2

    The last term takes out what the force puts into the populations between two collisions, so that
    `P = -2/3 tau S` with the strain rate S also where a force acts, `tau` being the time it relaxes with.

    Args:
        lattice: Velocity set.
        f: Populations after streaming, deviation form.
        u: Velocity in the middle of the step.
        force: Body force per volume in lattice units.
    """
    pressure = CS2 * density(lattice, f)
    sums = [(lattice.velocities[i], f[i] + f[j]) for i, j in lattice.pairs]
    stress = {}
    for a in range(lattice.dimensions):
        for b in range(a, lattice.dimensions):
            flux = jnp.zeros_like(f[0])
            for c, both in sums:
                if c[a] and c[b]:
                    flux = flux + c[a] * c[b] * both
            component = flux - u[a] * u[b]
            if a == b:
                component = component - pressure
            if force is not None:
                component = component + 0.5 * (u[a] * force[b] + force[a] * u[b])
            stress[a, b] = component
    return stress


def trace(stress: Stress) -> Array:
    """Sum of the diagonal."""
    diagonal = [component for (a, b), component in stress.items() if a == b]
    return sum(diagonal[1:], diagonal[0])


def deviator(stress: Stress) -> Stress:
    """The tensor without its isotropic part."""
    dimensions = sum(a == b for a, b in stress)
    mean = trace(stress) / dimensions
    return {(a, b): component - mean if a == b else component for (a, b), component in stress.items()}
