"""D3Q27: three dimensions, all velocities with components -1, 0 and 1; the product of three one-dimensional sets."""

from itertools import product
from math import prod

from emulax_lbm.lattices.lattice import Lattice

_VELOCITIES = tuple(sorted(product((0, 1, -1), repeat=3), key=lambda c: sum(map(abs, c))))

D3Q27 = Lattice(
    name="D3Q27",
    velocities=_VELOCITIES,
    weights=tuple(prod(1 / 6 if component else 2 / 3 for component in c) for c in _VELOCITIES),
)
