"""The reference engine: JAX alone, on any device, differentiable."""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from emulax_lbm.boundaries import fill_ghosts, reflect
from emulax_lbm.moments import Populations
from emulax_lbm.setup import Parameters, Setup, along, force_of
from emulax_lbm.streaming import stream


def step(setup: Setup, parameters: Parameters, f: Populations) -> tuple[Populations, Float[Array, "batch d"]]:
    """One time step of every case, and the force on the walls inside. Populations are those after collision."""
    lattice = setup.lattice
    f = fill_ghosts(lattice, setup.edges, f, parameters.incoming)
    wall_force = jnp.zeros_like(parameters.force)
    if setup.walls_inside:
        f, exchange = reflect(lattice, parameters.links, f)
        wall_force = exchange.force
    force = force_of(parameters, lattice.dimensions) if setup.forced else None
    relaxation_time = along(parameters.relaxation_time, lattice.dimensions)
    f = setup.collision.collide(lattice, stream(lattice, f), relaxation_time, force)
    if setup.walls_inside:
        # Solid cells hold nothing: what streams into them must not grow.
        f = tuple(population * parameters.fluid for population in f)
    return f, wall_force


@partial(jax.jit, static_argnums=0, donate_argnums=2)
def advance(setup: Setup, parameters: Parameters, f: Populations, steps: Array) -> Populations:
    """`steps` time steps of every case."""
    return jax.lax.fori_loop(0, steps, lambda _, g: step(setup, parameters, g)[0], f)
