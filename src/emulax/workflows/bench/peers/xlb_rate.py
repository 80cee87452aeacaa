"""Cell updates a second of XLB on JAX: D2Q9, one relaxation time, a periodic box without walls and forces.

Runs in an environment of its own: `python xlb_rate.py XxY STEPS THREADS REPEATS`; prints JSON.
"""

import json
import os
import statistics
import sys
import time

extent, (steps, threads, repeats) = sys.argv[1], map(int, sys.argv[2:5])
if threads < len(os.sched_getaffinity(0)):
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])  # before XLA makes its threads
os.environ["JAX_PLATFORMS"] = "cpu"

import jax  # noqa: E402
import xlb  # noqa: E402  # pyright: ignore[reportMissingImports]
from xlb.compute_backend import ComputeBackend  # noqa: E402  # pyright: ignore[reportMissingImports]
from xlb.grid import grid_factory  # noqa: E402  # pyright: ignore[reportMissingImports]
from xlb.operator.stepper import IncompressibleNavierStokesStepper  # noqa: E402  # pyright: ignore[reportMissingImports]
from xlb.precision_policy import PrecisionPolicy  # noqa: E402  # pyright: ignore[reportMissingImports]
from xlb.velocity_set import D2Q9  # noqa: E402  # pyright: ignore[reportMissingImports]

OMEGA = 1.6

shape = tuple(map(int, extent.split("x")))
backend, precision = ComputeBackend.JAX, PrecisionPolicy.FP32FP32
xlb.init(D2Q9(precision, backend), backend, precision)
stepper = IncompressibleNavierStokesStepper(grid_factory(shape, backend), boundary_conditions=[])
f, other, edges, missing = stepper.prepare_fields()


def step_by_step(f, other):
    """As its examples go: a loop in Python."""
    for step in range(steps):
        f, other = stepper(f, other, edges, missing, OMEGA, step)
        f, other = other, f
    return f, other


@jax.jit
def compiled(f, other):
    """The same loop, compiled."""

    def advance(step, pair):
        return stepper(*pair, edges, missing, OMEGA, step)[::-1]

    return jax.lax.fori_loop(0, steps, advance, (f, other))


def measure(run) -> float:
    """Cell updates a second: warm, median."""
    seconds = []
    for _ in range(1 + repeats):
        start = time.perf_counter()
        jax.block_until_ready(run(f, other))
        seconds.append(time.perf_counter() - start)
    return f[0].size * steps / statistics.median(seconds[1:])


rates = {"a loop in Python": measure(step_by_step), "a compiled loop": measure(compiled)}
sys.stdout.write(json.dumps(rates) + "\n")
