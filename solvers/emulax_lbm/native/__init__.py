"""The native engine in C++, from the sources beside this file."""

from __future__ import annotations

from pathlib import Path

from emulax_lbm.native.tables import lattice_tables
from emulax_native import Library, Sources, load_library

_REAL = {"float32": "float", "float64": "double"}


def load_engine(lattice: str, precision: str) -> Library:
    """The engine for one lattice and one precision, compiled unless it lies in the cache.

    Raises:
        NativeError: It cannot be built or loaded.
    """
    return load_library(
        Sources(
            Path(__file__).parent,
            defines={"EMULAX_LATTICE": lattice, "EMULAX_REAL": _REAL[precision]},
            generated={"lattices.hpp": lattice_tables()},
        )
    )
