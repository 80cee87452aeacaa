"""Density, momentum and equilibrium of the incompressible lattice Boltzmann model of He & Luo.

Populations are stored as their deviation `f_i - w_i` from the state at rest: float32 would otherwise lose the small
density differences that carry the pressure. The equilibrium (He & Luo 1997, doi 10.1023/B:JOSS.0000015179.12689.e4) is

    f_i^eq - w_i = w_i [ r + 3 c_i.u + 9/2 (c_i.u)^2 - 3/2 u.u ],    r = rho - 1,    u = sum_i c_i f_i

with the constant density 1 in front of the velocity, so that a steady flow obeys the incompressible equations without
an error of the square of the Mach number. Pressure is `r / 3`.
"""

from __future__ import annotations

from collections.abc import Sequence

import jax.numpy as jnp
from jaxtyping import Array, Float

from emulax_lbm.lattices import Lattice

Populations = tuple[Array, ...]
"""One array `[batch] y x` per population: XLA fuses separate arrays into one pass over memory, stacked ones not."""


def density(lattice: Lattice, f: Sequence[Array]) -> Array:
    """Density deviation `rho - 1`, the sum of the populations."""
    total = f[0]
    for i, j in lattice.pairs:
        total = total + (f[i] + f[j])
    return total


def momentum(lattice: Lattice, f: Sequence[Array]) -> tuple[Array, ...]:
    """Momentum density, one array per space dimension."""
    components = [jnp.zeros_like(f[0])] * lattice.dimensions
    for i, j in lattice.pairs:
        difference = f[i] - f[j]
        for axis, c in enumerate(lattice.velocities[i]):
            if c:
                components[axis] = components[axis] + c * difference
    return tuple(components)


def velocity(lattice: Lattice, f: Sequence[Array], force: Sequence[Array] | None) -> tuple[Array, ...]:
    """Velocity in the middle of the step, which feels half of the force (Guo, Zheng & Shi 2002)."""
    return half_pushed(momentum(lattice, f), force)


def half_pushed(u: Sequence[Array], force: Sequence[Array] | None) -> tuple[Array, ...]:
    """Momentum after half a step of the force."""
    if force is None:
        return tuple(u)
    return tuple(component + 0.5 * strength for component, strength in zip(u, force, strict=True))


def project(velocity: Sequence[int], u: Sequence[Array]) -> Array:
    """`c.u` without multiplications by zero."""
    terms = [c * component for c, component in zip(velocity, u, strict=True) if c]
    return sum(terms[1:], terms[0])


def dot(a: Sequence[Array], b: Sequence[Array]) -> Array:
    """Scalar product of two vectors given as components."""
    products = [x * y for x, y in zip(a, b, strict=True)]
    return sum(products[1:], products[0])


def ordered_sum(values: Float[Array, "*batch n"]) -> Float[Array, "*batch"]:
    """Sum over the last axis in pairs: the order depends neither on the batch, as in XLA's own sum, nor on padding."""
    missing = (1 << (values.shape[-1] - 1).bit_length()) - values.shape[-1]
    values = jnp.pad(values, [(0, 0)] * (values.ndim - 1) + [(0, missing)])
    while values.shape[-1] > 1:
        half = values.shape[-1] // 2
        values = values[..., :half] + values[..., half:]
    return values[..., 0]


def equilibrium(lattice: Lattice, r: Float[Array, ...], u: Sequence[Array]) -> Populations:
    """Equilibrium populations (deviation form) of density deviation `r` and velocity components `u`."""
    base = r - 1.5 * dot(u, u)
    values: list[Array] = [lattice.weights[0] * base] * lattice.size
    for i, j in lattice.pairs:
        cu = project(lattice.velocities[i], u)
        even, odd = base + 4.5 * cu * cu, 3.0 * cu
        values[i] = lattice.weights[i] * (even + odd)
        values[j] = lattice.weights[j] * (even - odd)
    return tuple(values)
