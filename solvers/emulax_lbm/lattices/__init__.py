"""Velocity sets, a file each."""

from emulax_lbm.lattices.d2q9 import D2Q9
from emulax_lbm.lattices.d3q19 import D3Q19
from emulax_lbm.lattices.d3q27 import D3Q27
from emulax_lbm.lattices.lattice import Lattice

LATTICES = {lattice.name: lattice for lattice in (D2Q9, D3Q19, D3Q27)}

__all__ = ["D2Q9", "D3Q19", "D3Q27", "LATTICES", "Lattice"]
