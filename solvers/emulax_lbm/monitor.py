"""What one looks at between chunks of steps."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from emulax_lbm.boundaries import WallExchange, fill_ghosts, reflect
from emulax_lbm.engines import Engine, advance
from emulax_lbm.moments import Populations, density, momentum
from emulax_lbm.setup import Parameters, Setup, fields
from emulax_lbm.streaming import ghosts, stream


class Monitor(NamedTuple):
    """One number (or vector) per case, lattice units. Rates and forces are those of the step that comes next.

    Attributes:
        residual: Change of the velocity since the start of the chunk over its size.
        force: Force on the walls inside.
        mass_in: Mass that the box gains, through its edges and at walls inside.
        momentum_in: Momentum that enters through the edges.
        speed_max: Largest speed.
    """

    residual: Array
    force: Float[Array, "batch d"]
    mass_in: Array
    momentum_in: Float[Array, "batch d"]
    speed_max: Array


def advance_and_look(
    engine: Engine, setup: Setup, parameters: Parameters, f: Populations, steps: int
) -> tuple[Populations, Monitor]:
    """`steps` time steps of every case, and what they led to.

    The sums are programs of their own and go case by case: fused into one, XLA would sum a batch of one in another
    order than a batch of many, and convergence would depend on the neighbours.
    """
    start, _ = _fields(setup, parameters, f)
    f = advance(engine, setup, parameters, f, jnp.int32(steps))
    end, _ = _fields(setup, parameters, f)
    walls = _at_walls(setup, parameters, f)
    mass_in, momentum_in = through_edges(setup, parameters, f)
    return f, _measure(start, end, walls.force, mass_in + walls.mass, momentum_in)


_fields = jax.jit(fields, static_argnums=0)


@partial(jax.jit, static_argnums=0)
def _at_walls(setup: Setup, parameters: Parameters, f: Populations) -> WallExchange:
    if not setup.walls_inside:
        return WallExchange(jnp.zeros_like(parameters.force), jnp.zeros_like(parameters.relaxation_time))
    return reflect(setup.lattice, parameters.links, fill_ghosts(setup.lattice, setup.edges, f, parameters.incoming))[1]


@partial(jax.jit, static_argnums=0)
def through_edges(setup: Setup, parameters: Parameters, f: Populations) -> tuple[Array, Float[Array, "batch d"]]:
    """Mass and momentum that enter through the edges in the next step.

    It is what the edges send into fluid cells, less what leaves through them. Where a body stands on an edge, what it
    takes and returns is the force on the wall, and no part of this.
    """
    lattice, fluid = setup.lattice, parameters.fluid
    box = np.pad(np.ones([1, *(cells - 2 for cells in fluid.shape[1:])], fluid.dtype), ghosts(lattice.dimensions))
    beyond = fluid * (1.0 - box)
    filled = fill_ghosts(lattice, setup.edges, f, parameters.incoming)
    arrived = stream(lattice, [population * beyond for population in filled])
    left = stream(lattice, [population * box for population in f])
    change = [fluid * box * gain - beyond * loss for gain, loss in zip(arrived, left, strict=True)]
    return (
        jax.lax.map(jnp.sum, density(lattice, change)),
        jax.lax.map(lambda one: jnp.stack([jnp.sum(c) for c in one]), momentum(lattice, change)),
    )


@jax.jit
def _measure(start: Array, end: Array, force: Array, mass_in: Array, momentum_in: Array) -> Monitor:
    def one(values: tuple[Array, Array]) -> tuple[Array, Array]:
        start, end = values
        size, change = (jnp.sqrt(jnp.sum(u**2)) for u in (end, end - start))
        return jnp.where(change == 0.0, change, change / size), jnp.sqrt(jnp.max(jnp.sum(end**2, axis=-1)))

    residual, speed_max = jax.lax.map(one, (start, end))
    return Monitor(residual, force, mass_in, momentum_in, speed_max)
