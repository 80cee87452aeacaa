"""D2Q9: two dimensions, nine velocities (Qian, d'Humieres & Lallemand 1992, doi 10.1209/0295-5075/17/6/001)."""

from emulax_lbm.lattices.lattice import Lattice

D2Q9 = Lattice(
    name="D2Q9",
    velocities=((0, 0), (1, 0), (0, 1), (-1, 0), (0, -1), (1, 1), (-1, 1), (-1, -1), (1, -1)),
    weights=(4 / 9, *[1 / 9] * 4, *[1 / 36] * 4),
)
