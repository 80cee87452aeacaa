"""D3Q19: three dimensions, nineteen velocities (Qian, d'Humieres & Lallemand 1992, doi 10.1209/0295-5075/17/6/001)."""

from itertools import product

from emulax_lbm.lattices.lattice import Lattice

_AXES = tuple(c for c in product((0, 1, -1), repeat=3) if sum(map(abs, c)) == 1)
_DIAGONALS = tuple(c for c in product((0, 1, -1), repeat=3) if sum(map(abs, c)) == 2)

D3Q19 = Lattice(
    name="D3Q19",
    velocities=((0, 0, 0), *_AXES, *_DIAGONALS),
    weights=(1 / 3, *[1 / 18] * 6, *[1 / 36] * 12),
)
