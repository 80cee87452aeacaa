"""How many weights a network has."""

from __future__ import annotations

import jax
from flax import nnx


def parameter_count(module: nnx.Module) -> int:
    """Number of the weights that training changes; of an abstract module too."""
    return sum(leaf.size for leaf in jax.tree.leaves(nnx.state(module, nnx.Param)))
