"""Velocity sets, a file each."""

from emulax_lbm.lattices.d2q9 import D2Q9
from emulax_lbm.lattices.lattice import Lattice

__all__ = ["D2Q9", "Lattice"]
