"""Relaxation with a rate for the even and one for the odd part of the populations.

A body force enters by Guo's scheme (Guo, Zheng & Shi 2002, doi 10.1103/PhysRevE.65.046308), split into its even and odd
parts.
"""

from __future__ import annotations

from collections.abc import Sequence

import jax.numpy as jnp
from jaxtyping import Array

from emulax_lbm.lattices import Lattice
from emulax_lbm.moments import Populations, density, dot, half_pushed, momentum, project


def relax(
    lattice: Lattice,
    f: Sequence[Array],
    rate_even: Array,
    rate_odd: Array,
    force: Sequence[Array] | None,
) -> Populations:
    """Relax the even and the odd part towards equilibrium, each at its rate; see `Collision.collide`."""
    before = momentum(lattice, f)
    u = half_pushed(before, force)
    # What the odd parts have to add up to: half of the momentum after the step. The force is added once, as rounded.
    after = before if force is None else [m + push for m, push in zip(before, force, strict=True)]
    left = [0.5 * component for component in after]
    r = density(lattice, f)
    base = r - 1.5 * dot(u, u)

    out: list[Array] = list(f)
    moving = jnp.zeros_like(base)
    for i, j in sorted(lattice.pairs, key=lambda pair: -lattice.steps(pair[0])):
        weight, c = lattice.weights[i], lattice.velocities[i]
        cu = project(c, u)
        even = (0.5 - 0.5 * rate_even) * (f[i] + f[j]) + rate_even * weight * (base + 4.5 * cu * cu)
        if force is not None:
            work = 9.0 * cu * project(c, force) - 3.0 * dot(u, force)
            even = even + (1.0 - 0.5 * rate_even) * weight * work
        if lattice.steps(i) > 1:
            odd = (0.5 - 0.5 * rate_odd) * (f[i] - f[j]) + rate_odd * 3.0 * weight * cu
            if force is not None:
                odd = odd + (1.0 - 0.5 * rate_odd) * weight * 3.0 * project(c, force)
            left = [half - component * odd if component else half for component, half in zip(c, left, strict=True)]
        else:
            odd = project(c, left)
        out[i] = even + odd
        out[j] = even - odd
        moving = moving + (out[i] + out[j])
    # What the others leave, as rounded: in float32 neither the weights nor the rates add up, and mass and momentum
    # would creep. The populations along the axes take the momentum, the one at rest takes the mass.
    out[0] = r - moving
    return tuple(out)
