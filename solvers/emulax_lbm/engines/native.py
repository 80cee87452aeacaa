"""The native engine: the same scheme in C++, vectorised and on all processors, called through `jax.ffi`.

It takes and returns the populations of the XLA engine, and lays them out as it likes in between: call it for many
steps at once. It cannot be differentiated or mapped; the batch is an axis of its own.
"""

from __future__ import annotations

import os
from functools import cache, partial

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from emulax_lbm.boundaries import (
    ConvectiveOutlet,
    FreeSlip,
    Periodic,
    PressureOutlet,
    VelocityInlet,
    Wall,
    WallLinks,
    push,
)
from emulax_lbm.collision import BGK, TRT
from emulax_lbm.lattices import Lattice
from emulax_lbm.native import load_engine
from emulax_lbm.setup import Parameters, Setup, State

_EDGES = {Periodic: 0, FreeSlip: 1, Wall: 2, VelocityInlet: 3, PressureOutlet: 4, ConvectiveOutlet: 5}
"""The numbers that `box.hpp` knows the edges by."""

_FIRST = 10  # arguments before the populations


def unsupported(setup: Setup) -> str:
    """Why this engine cannot run a setup; empty where it can."""
    if jax.default_backend() != "cpu":
        return f"it runs on the CPU, and JAX on {jax.default_backend()}"
    if type(setup.collision) not in (BGK, TRT):
        return f"it does not know the collision {type(setup.collision).__name__}"
    if setup.sponge:
        return "it does not know sponges"
    edges = [type(edge) for _, edge in setup.edges.in_order(setup.lattice.dimensions)]
    unknown = [edge.__name__ for edge in edges if edge not in _EDGES]
    return f"it does not know the edge {unknown[0]}" if unknown else ""


def threads() -> int:
    """Processors this process may use, or `OMP_NUM_THREADS` where that is less."""
    allowed = len(os.sched_getaffinity(0))
    try:
        asked = int(os.environ.get("OMP_NUM_THREADS", "").split(",")[0])
    except ValueError:
        return allowed
    return max(1, min(allowed, asked))


@cache
def target(lattice: str, precision: str) -> str:
    """Name of the registered kernel for a lattice and a precision, built at first use; it ends in the library's key.

    Raises:
        NativeError: It cannot be built or loaded.
    """
    return load_engine(lattice, precision).register("EmulaxAdvance")


def advance(setup: Setup, parameters: Parameters, state: State, steps: Array) -> State:
    """`steps` time steps of every case."""
    return _advance(setup, target(setup.lattice.name, setup.precision), threads(), parameters, state, steps)


@partial(jax.jit, static_argnums=(0, 1, 2), donate_argnums=4)
def _advance(
    setup: Setup,
    kernel: str,
    threads: int,
    parameters: Parameters,
    state: State,
    steps: Array,
) -> State:
    lattice, given = setup.lattice, parameters.incoming
    assert isinstance(setup.collision, BGK | TRT)
    rates = setup.collision.rates(parameters.relaxation_time)
    sides = setup.edges.in_order(lattice.dimensions)
    velocities = [edge.velocity if isinstance(edge, Wall) else () for _, edge in sides]
    relaxations = [edge.pressure_relaxation if isinstance(edge, ConvectiveOutlet) else 0.0 for _, edge in sides]
    fields = [jax.ShapeDtypeStruct(population.shape, population.dtype) for population in state.f]
    none = jnp.zeros((len(state.step), 0), setup.precision)
    knots, factors = given.knots[0] if given.knots else (none, none)
    call = jax.ffi.ffi_call(kernel, fields, input_output_aliases={_FIRST + i: i for i in range(lattice.size)})
    after = call(
        steps,
        state.step,
        *rates,
        given.velocity_scale,
        given.inflow,
        knots,
        factors,
        parameters.force,
        parameters.fluid,
        *state.f,
        *(array for i, links in enumerate(parameters.links, start=1) for array in _arrays(lattice, i, links)),
        forced=setup.forced,
        quadratic=setup.walls == "bouzidi-quadratic",
        moving=setup.moving_walls,
        kinds=np.array([_EDGES[type(edge)] for _, edge in sides], np.int64),
        axes=np.array([side.axis for side, _ in sides], np.int64),
        signs=np.array([side.sign for side, _ in sides], np.int64),
        wall_velocities=np.array([velocity or (0.0,) * lattice.dimensions for velocity in velocities]).ravel(),
        relaxations=np.array(relaxations),
        threads=np.int64(threads),
    )
    return State(tuple(after), state.step + steps)


def _arrays(lattice: Lattice, population: int, links: WallLinks) -> list[Array]:
    """The links of one population as `run.hpp` reads them."""
    arrays = [links.cell, links.weight, links.inner]
    if links.far_cell is not None and links.far_weight is not None:
        arrays += [links.far_cell, links.far_weight]
    if links.velocity is not None:
        arrays.append(push(lattice, population, links))
    return arrays
