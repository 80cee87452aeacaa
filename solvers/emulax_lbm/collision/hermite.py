"""Populations from their Hermite coefficients.

    f_i - w_i = w_i sum_I  a_I  K_I(c_i),        a_I = sum_i H_I(c_i) (f_i - w_i)

`I` is a sorted tuple of axes, `(0, 0, 1)` being xxy, and `H_I` the product of the one-dimensional Hermite polynomials
of the speed of sound squared 1/3: `1`, `c` and `c^2 - 1/3`. `K_I` are the polynomials dual to them under the weights.
They are `H_I` over its norm on D2Q9 and D3Q27, products of one-dimensional sets, where every `I` that names an axis
twice at most belongs to the basis. D3Q19 has no corners: the basis ends at the third order, xyz vanishes, and xxy
overlaps with yzz, so that the dual ones hold their sum and difference (Coreixas, Wissocq, Puigt, Boussuge & Sagaut
2017, doi 10.1103/PhysRevE.96.033306).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from itertools import combinations_with_replacement

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from emulax_lbm.lattices import Lattice
from emulax_lbm.lattices.lattice import CS2
from emulax_lbm.moments import Populations

Axes = tuple[int, ...]
"""The index of a coefficient: the axes of its tensor, sorted."""


def is_product(lattice: Lattice) -> bool:
    """Whether the set holds every velocity with components -1, 0 and 1."""
    return lattice.size == 3**lattice.dimensions


@cache
def indices(lattice: Lattice) -> tuple[Axes, ...]:
    """Indices of the basis, low orders first."""
    highest = 2 * lattice.dimensions if is_product(lattice) else 3
    candidates = [
        axes for order in range(highest + 1) for axes in combinations_with_replacement(range(lattice.dimensions), order)
    ]
    return tuple(axes for axes in candidates if _axes_twice_at_most(axes) and np.any(_polynomial(lattice, axes)))


def populations(lattice: Lattice, f: Sequence[Array], coefficients: Mapping[Axes, Array]) -> Populations:
    """The populations of these coefficients, with the mass of `f`.

    The rest population gives what the others gain since `f`: float32 weights do not sum to one, and mass would creep.
    """
    out: list[Array] = list(f)
    gained = jnp.zeros_like(f[0])
    for i, j in lattice.pairs:
        terms = [(len(axes) % 2, factor * coefficients[axes]) for axes, factor in _dual(lattice)[i]]
        even, odd = ([term for parity, term in terms if parity == wanted] for wanted in (0, 1))
        symmetric, antisymmetric = sum(even[1:], even[0]), sum(odd[1:], odd[0])
        out[i], out[j] = symmetric + antisymmetric, symmetric - antisymmetric
        gained = gained + ((out[i] - f[i]) + (out[j] - f[j]))
    out[0] = f[0] - gained
    return tuple(out)


@cache
def _dual(lattice: Lattice) -> tuple[tuple[tuple[Axes, float], ...], ...]:
    """`w_i K_I(c_i)`: for every population, the indices with the factors that are not zero."""
    weights = np.array(lattice.weights)
    polynomials = np.stack([_polynomial(lattice, axes) for axes in indices(lattice)])
    overlap = polynomials * weights @ polynomials.T
    factors = np.linalg.solve(overlap, polynomials) * weights
    return tuple(
        tuple((axes, float(x)) for axes, x in zip(indices(lattice), column, strict=True) if abs(x) > 1e-12)
        for column in factors.T
    )


def _polynomial(lattice: Lattice, axes: Axes) -> np.ndarray:
    """`H_I` at the velocities."""
    velocities = np.array(lattice.velocities, dtype=float)
    factors = [np.ones(lattice.size)]
    for axis in set(axes):
        c = velocities[:, axis]
        factors.append(c if axes.count(axis) == 1 else c * c - CS2)
    return np.prod(factors, axis=0)


def _axes_twice_at_most(axes: Axes) -> bool:
    return all(axes.count(axis) <= 2 for axis in axes)
