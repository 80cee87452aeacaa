"""What one looks at between chunks of steps."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from emulax_lbm.boundaries import WallExchange, fill_ghosts, no_exchange, reflect
from emulax_lbm.engines import Engine, advance
from emulax_lbm.lattices import Lattice
from emulax_lbm.moments import Populations, density, dot, momentum, ordered_sum
from emulax_lbm.setup import Parameters, Setup, State, fields
from emulax_lbm.streaming import ghosts, stream


class Monitor(NamedTuple):
    """One number (or vector) per case, lattice units. Rates and forces are those of the step that comes next.

    Attributes:
        residual: Change of the velocity since the start of the chunk over its size.
        force: Force on the walls inside.
        moment: Its moment about each case's centre of moments, z alone or x, y, z.
        mass_in: Mass that the box gains, through its edges and at walls inside.
        momentum_in: Momentum that enters through the edges, and with what passes a moving wall.
        speed_max: Largest speed.
    """

    residual: Array
    force: Float[Array, "batch d"]
    moment: Float[Array, "batch m"]
    mass_in: Array
    momentum_in: Float[Array, "batch d"]
    speed_max: Array


def advance_and_look(
    engine: Engine, setup: Setup, parameters: Parameters, state: State, steps: int
) -> tuple[State, Monitor]:
    """`steps` time steps of every case, and what they led to.

    The sums are programs of their own and go case by case: fused into one, XLA would sum a batch of one in another
    order than a batch of many, and convergence would depend on the neighbours.
    """
    start, _ = fields(setup, parameters, state)
    state = advance(engine, setup, parameters, state, jnp.int32(steps))
    end, _ = fields(setup, parameters, state)
    walls, edges = exchanged(setup, parameters, state)
    return state, _measure(start, end, walls, edges)


class EdgeExchange(NamedTuple):
    """What enters through the edges in a step: what they send into fluid cells, less what leaves through them.

    Where a body stands on an edge, what it takes and returns is the force on the wall, and no part of this.
    """

    mass: Float[Array, " batch"]
    momentum: Float[Array, "batch d"]


@partial(jax.jit, static_argnums=0)
def exchanged(setup: Setup, parameters: Parameters, state: State) -> tuple[WallExchange, EdgeExchange]:
    """What walls inside and edges exchange with the fluid in the next step."""
    filled = fill_ghosts(setup.lattice, setup.edges, state.f, parameters.incoming.at(state.step))
    walls = no_exchange(parameters.force)
    if setup.walls_inside:
        walls = reflect(setup.lattice, parameters.links, filled)[1]
    return walls, _through_edges(setup.lattice, parameters.fluid, state.f, filled)


@partial(jax.jit, static_argnums=0)
def wall_exchange(setup: Setup, parameters: Parameters, state: State) -> WallExchange:
    """What walls inside exchange in the next step; a program of its own, in which nothing runs over all cells."""
    return exchanged(setup, parameters, state)[0]


def _through_edges(lattice: Lattice, fluid: Array, f: Populations, filled: Populations) -> EdgeExchange:
    box = np.pad(np.ones([1, *(cells - 2 for cells in fluid.shape[1:])], bool), ghosts(lattice.dimensions))
    inner, beyond = (fluid > 0.0) & box, (fluid > 0.0) & ~box
    arrived = stream(lattice, [jnp.where(beyond, population, 0.0) for population in filled])
    left = stream(lattice, [jnp.where(box, population, 0.0) for population in f])
    # Sums alone, in one order: a product could be rounded apart from a sum or with it, as the batch has it.
    change = [
        jnp.where(inner, gain, 0.0) - jnp.where(beyond, loss, 0.0) for gain, loss in zip(arrived, left, strict=True)
    ]
    gained = jnp.stack([density(lattice, change), *momentum(lattice, change)], axis=1)
    sums = ordered_sum(gained.reshape(*gained.shape[:2], -1))
    return EdgeExchange(mass=sums[:, 0], momentum=sums[:, 1:])


@jax.jit
def _measure(start: Array, end: Array, walls: WallExchange, edges: EdgeExchange) -> Monitor:
    size, change = (jnp.sqrt(ordered_sum(_square(u))) for u in (end, end - start))
    residual = jnp.where(change == 0.0, change, change / size)
    speed_max = jnp.sqrt(jnp.max(_square(end), axis=1))
    mass_in, momentum_in = edges.mass + walls.mass, edges.momentum + walls.momentum
    return Monitor(residual, walls.force, walls.moment, mass_in, momentum_in, speed_max)


def _square(velocity: Float[Array, "batch ... d"]) -> Float[Array, "batch cell"]:
    """Square of the speed, cell by cell."""
    components = [velocity[..., axis] for axis in range(velocity.shape[-1])]
    return dot(components, components).reshape(len(velocity), -1)
