"""Weights in half the memory, for fast inference."""

from __future__ import annotations

from typing import TypeVar

import jax.numpy as jnp
from flax import nnx

from emulax.models.blocks.deconvolutions import Deconvolutions
from emulax.models.blocks.dense import Dense

M = TypeVar("M", bound=nnx.Module)


def with_bfloat16_weights(module: M) -> M:
    """A copy of `module` for fast inference: all `Dense` weights in bfloat16, biases and sums in float32.

    Processors with matrix units multiply bfloat16 many times as fast. Each product loses about 0.3 %.
    """
    copy = nnx.clone(module)
    for _, part in nnx.iter_modules(copy):
        if isinstance(part, Dense):
            part.kernel = nnx.Param(part.kernel[...].astype(jnp.bfloat16))
    for _, part in nnx.iter_modules(copy):
        if isinstance(part, Deconvolutions):
            part.pack()
    return copy
