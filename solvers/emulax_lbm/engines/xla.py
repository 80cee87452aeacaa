"""The reference engine: JAX alone, on any device, differentiable."""

from __future__ import annotations

from functools import partial

import jax
from jaxtyping import Array

from emulax_lbm.boundaries import fill_ghosts, reflect
from emulax_lbm.setup import Parameters, Setup, State, force_of, relaxation_time_of
from emulax_lbm.streaming import stream


def step(setup: Setup, parameters: Parameters, state: State) -> State:
    """One time step of every case."""
    lattice = setup.lattice
    f = fill_ghosts(lattice, setup.edges, state.f, parameters.incoming.at(state.step))
    if setup.walls_inside:
        f, _ = reflect(lattice, parameters.links, f)
    force = force_of(parameters, lattice.dimensions) if setup.forced else None
    relaxation_time = relaxation_time_of(parameters, lattice.dimensions)
    f = setup.collision.collide(lattice, stream(lattice, f), relaxation_time, force)
    if setup.walls_inside:
        # Solid cells hold nothing: what streams into them must not grow.
        f = tuple(population * parameters.fluid for population in f)
    return State(f, state.step + 1)


@partial(jax.jit, static_argnums=0, donate_argnums=2)
def advance(setup: Setup, parameters: Parameters, state: State, steps: Array) -> State:
    """`steps` time steps of every case."""
    return jax.lax.fori_loop(0, steps, lambda _, now: step(setup, parameters, now), state)
