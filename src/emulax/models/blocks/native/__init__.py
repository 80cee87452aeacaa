"""Layers in C++, for CPUs, from the sources beside this file.

XLA leaves half of a CPU's speed unused in 3x3 convolutions, more in their gradients by the kernel, and passes through
memory for each part of a normalisation. Here a sample stays in one processor's cache from the normalisation to the
convolution, and on the way back. Products in bfloat16 use a tenth of a processor's matrix unit in XLA, and pass through
memory in between.
"""

from __future__ import annotations

import ctypes
import logging
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import jax

from emulax_native import Library, NativeError, Sources, load_library


def load_layers() -> Library:
    """Their library, compiled unless it lies in the cache.

    Raises:
        NativeError: It cannot be built or loaded.
    """
    return load_library(Sources(Path(__file__).parent))


@dataclass(frozen=True)
class Targets:
    """Names of the operations for `jax.ffi.ffi_call`.

    Args:
        forward: Normalisation, SiLU and convolution.
        backward: Its gradient.
        deconvolve: A chain of deconvolutions in bfloat16; None where the processor has no unit for its products.
    """

    forward: str
    backward: str
    deconvolve: str | None


@cache
def targets() -> Targets | None:
    """The operations, built at first use.

    None where JAX does not run on a CPU, and, with a line in the log, where they cannot be built.
    """
    if jax.default_backend() != "cpu":
        return None
    try:
        library = load_layers()
    except NativeError as error:
        logging.getLogger("emulax").warning("layers are XLA's, which are slower: %s", error)
        return None
    has_matrix_unit = library.handle.EmulaxHasMatrixUnit
    has_matrix_unit.restype = ctypes.c_bool
    return Targets(
        library.register("EmulaxForward"),
        library.register("EmulaxBackward"),
        library.register("EmulaxDeconvolve") if has_matrix_unit() else None,
    )
