"""Rates: warm, blocked until ready, medians."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np

from emulax_lbm import FlowCase
from emulax_lbm.engines import Engine, advance
from emulax_lbm.setup import common_setup, initial_state, parameters_of

REPEATS = 5


def rate(case: FlowCase, steps: int, engine: Engine, *, count: int = 1, repeats: int = REPEATS) -> float:
    """Cell updates a second of `count` equal cases."""
    setup = common_setup([case] * count)
    parameters = parameters_of([case] * count, setup)
    state = initial_state(setup, parameters, np.stack([case.inflow_velocity()] * count))

    def run() -> None:
        nonlocal state
        state = jax.block_until_ready(advance(engine, setup, parameters, state, jnp.int32(steps)))

    return count * case.sdf.size * steps / seconds(run, repeats)


def copy_bandwidth(megabytes: int = 256) -> float:
    """Bytes a second that updating an array of this size in place on this device reads and writes."""
    values = jnp.zeros(megabytes * 2**18, jnp.float32)
    update = jax.jit(lambda x: x + jnp.float32(1.0), donate_argnums=0)

    def run() -> None:
        nonlocal values
        values = jax.block_until_ready(update(values))

    return 2 * values.nbytes / seconds(run)


def matrix_rate(side: int = 2048) -> float:
    """Floating-point operations a second of float32 products of square matrices on this device."""
    matrix = jnp.ones((side, side), jnp.float32)
    multiply = jax.jit(lambda a, b: jnp.matmul(a, b, precision="highest"))
    return 2 * side**3 / seconds(lambda: jax.block_until_ready(multiply(matrix, matrix)))


def seconds(run: Callable[[], object], repeats: int = REPEATS) -> float:
    """Median time of `run` after a first time that does not count."""
    found = []
    for _ in range(1 + repeats):
        start = time.perf_counter()
        run()
        found.append(time.perf_counter() - start)
    return statistics.median(found[1:])
