"""The lattices as C++ tables: velocities and weights are written down once, in Python."""

from __future__ import annotations

from collections.abc import Iterable

from emulax_lbm.lattices import LATTICES, Lattice


def lattice_tables() -> str:
    """The text of `lattices.hpp`."""
    tables = "".join(map(_table, LATTICES.values()))
    return f"#pragma once\n\nnamespace emulax {{\n{tables}\n}}  // namespace emulax\n"


def _table(lattice: Lattice) -> str:
    padded = [(*velocity, *[0] * (3 - lattice.dimensions)) for velocity in lattice.velocities]
    mirrored = [lattice.mirrored(axis) for axis in range(lattice.dimensions)]
    identity = tuple(range(lattice.size))
    mirrored += [identity] * (3 - len(mirrored))
    return f"""
struct {lattice.name} {{
  static constexpr int Q = {lattice.size}, D = {lattice.dimensions}, Pairs = {len(lattice.pairs)};
  static constexpr int c[Q][3] = {_braces(_braces(v) for v in padded)};
  static constexpr double weight[Q] = {_braces(float(w).hex() for w in lattice.weights)};
  static constexpr int opposite[Q] = {_braces(lattice.opposite)};
  static constexpr int steps[Q] = {_braces(lattice.steps(i) for i in range(lattice.size))};
  static constexpr int pair[Pairs] = {_braces(i for i, _ in lattice.pairs)};
  static constexpr int mirrored[3][Q] = {_braces(_braces(m) for m in mirrored)};
}};
"""


def _braces(values: Iterable[object]) -> str:
    return "{" + ", ".join(map(str, values)) + "}"
