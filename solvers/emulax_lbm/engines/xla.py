"""The reference engine: JAX alone, on any device, differentiable."""

from __future__ import annotations

from functools import partial

import jax
from jaxtyping import Array

from emulax_lbm.boundaries import fill_ghosts, reflect
from emulax_lbm.moments import Populations
from emulax_lbm.setup import Parameters, Setup, along, force_of
from emulax_lbm.streaming import stream


def step(setup: Setup, parameters: Parameters, f: Populations) -> Populations:
    """One time step of every case. Populations are those after collision."""
    lattice = setup.lattice
    f = fill_ghosts(lattice, setup.edges, f, parameters.incoming)
    if setup.walls_inside:
        f, _ = reflect(lattice, parameters.links, f)
    force = force_of(parameters, lattice.dimensions) if setup.forced else None
    relaxation_time = along(parameters.relaxation_time, lattice.dimensions)
    f = setup.collision.collide(lattice, stream(lattice, f), relaxation_time, force)
    if setup.walls_inside:
        # Solid cells hold nothing: what streams into them must not grow.
        f = tuple(population * parameters.fluid for population in f)
    return f


@partial(jax.jit, static_argnums=0, donate_argnums=2)
def advance(setup: Setup, parameters: Parameters, f: Populations, steps: Array) -> Populations:
    """`steps` time steps of every case."""
    return jax.lax.fori_loop(0, steps, lambda _, g: step(setup, parameters, g), f)
