"""Layers in C++, for CPUs, from the sources beside this file.

XLA leaves half of a CPU's speed unused in 3x3 convolutions, more in their gradients by the kernel, and passes through
memory for each part of a normalisation. Here a sample stays in one processor's cache from the normalisation to the
convolution, and on the way back.
"""

from __future__ import annotations

import logging
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


@cache
def targets() -> tuple[str, str] | None:
    """Names of the layer and of its gradient for `jax.ffi.ffi_call`, built at first use.

    None where JAX does not run on a CPU, and, with a line in the log, where they cannot be built.
    """
    if jax.default_backend() != "cpu":
        return None
    try:
        library = load_layers()
    except NativeError as error:
        logging.getLogger("emulax").warning("convolutions are XLA's, which are slower: %s", error)
        return None
    return library.register("EmulaxForward"), library.register("EmulaxBackward")
