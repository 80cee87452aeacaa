"""The XLA engine: cases as arrays, and chunks of steps on the device."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple, TypeVar

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from emulax_lbm.boundaries import Edges, Incoming, WallLinks, fill_ghosts, find_links, reflect
from emulax_lbm.case import FlowCase
from emulax_lbm.collision import Collision
from emulax_lbm.errors import CaseError
from emulax_lbm.lattices import Lattice
from emulax_lbm.moments import Populations, density, equilibrium, momentum
from emulax_lbm.streaming import ghosts, inside, stream

_Numbers = TypeVar("_Numbers", Array, np.ndarray)

_LINKS_MULTIPLE = 64  # padding to a common multiple lets batches of different bodies share one compiled program


@dataclass(frozen=True)
class Setup:
    """What is compiled in: everything that all cases of a batch have in common."""

    lattice: Lattice
    collision: Collision
    edges: Edges
    interpolate: bool
    walls_inside: bool
    forced: bool
    precision: str


class Parameters(NamedTuple):
    """What may differ from case to case; every leaf leads with the batch, fields have a ghost layer."""

    relaxation_time: Float[Array, " batch"]
    incoming: Incoming
    force: Float[Array, "batch d"]
    fluid: Float[Array, "batch ..."]
    links: tuple[WallLinks, ...]

    @property
    def links_per_case(self) -> int:
        """Room for wall links, per population and case."""
        return self.links[0].cell.shape[1] if self.links else 0


class Monitor(NamedTuple):
    """What one looks at between chunks, one number per case, lattice units."""

    residual: Array
    force: Float[Array, "batch d"]
    mass_rate: Array
    momentum_in: Float[Array, "batch d"]
    speed_max: Array


def common_setup(cases: Sequence[FlowCase]) -> Setup:
    """The `Setup` that all cases share.

    Raises:
        CaseError: Cases that differ in what is compiled in, or float64 asked for while JAX would truncate it.
    """
    first = cases[0]
    for name in ("edges", "collision", "walls", "precision", "cells_per_length", "velocity_set"):
        given = {getattr(case, name) for case in cases}
        if len(given) > 1:
            raise CaseError(name, f"differs within an ensemble ({len(given)} values), must be common to all its cases")
    velocities = {case.velocity_scale for case in cases}
    if len(velocities) > 1:
        raise CaseError(
            "lattice_velocity",
            f"differs within an ensemble, from {min(velocities):g} to {max(velocities):g}: give all cases the one that"
            " suits the lowest Reynolds number",
        )
    if len({case.sdf.shape for case in cases}) > 1:
        raise CaseError("sdf", "differs in shape within an ensemble, must be common to all its cases")
    if first.precision == "float64" and not jax.config.read("jax_enable_x64"):
        raise CaseError("precision", "is float64, but JAX would truncate it: turn jax_enable_x64 on")
    return Setup(
        lattice=first.velocity_set,
        collision=first.collision,
        edges=first.edges,
        interpolate=first.walls == "bouzidi",
        walls_inside=any(bool(np.any(case.sdf <= 0.0)) for case in cases),
        forced=any(any(case.body_force) for case in cases),
        precision=first.precision,
    )


def parameters_of(cases: Sequence[FlowCase], setup: Setup, *, links: int = 0) -> Parameters:
    """The cases as arrays; `links` is the least number of wall links to make room for."""
    dtype = np.dtype(setup.precision)
    sdf = np.stack([case.sdf for case in cases])
    dimensions = setup.lattice.dimensions
    profiles = np.pad(np.stack([case.inflow_profile() for case in cases]), ghosts(dimensions - 1), mode="edge")
    scale = np.array([case.velocity_scale for case in cases])
    accelerations = np.array([case.body_force or (0.0,) * dimensions for case in cases])
    lengths = np.array([case.cells_per_length for case in cases])
    wall_links: tuple[WallLinks, ...] = ()
    if setup.walls_inside:
        wall_links = find_links(
            setup.lattice, setup.edges, sdf, interpolate=setup.interpolate, dtype=dtype, count=links
        )
        width = -(-wall_links[0].cell.shape[1] // _LINKS_MULTIPLE) * _LINKS_MULTIPLE
        if width > wall_links[0].cell.shape[1]:
            wall_links = find_links(
                setup.lattice, setup.edges, sdf, interpolate=setup.interpolate, dtype=dtype, count=width
            )
    return Parameters(
        relaxation_time=jnp.asarray([case.relaxation_time for case in cases], dtype),
        incoming=Incoming(
            velocity_scale=jnp.asarray(scale, dtype),
            inflow=jnp.asarray(_along(scale, dimensions - 1) * profiles, dtype),
        ),
        force=jnp.asarray(accelerations * (scale**2 / lengths)[:, None], dtype),
        fluid=jnp.asarray(setup.edges.around(sdf) > 0.0, dtype),
        links=wall_links,
    )


def initial_state(
    setup: Setup,
    parameters: Parameters,
    velocity: Float[np.ndarray, "batch ... d"],
    pressure: Float[np.ndarray, "batch ..."] | None = None,
) -> Populations:
    """Equilibrium at the given fields (units U and rho U^2)."""
    dtype = np.dtype(setup.precision)
    dimensions = setup.lattice.dimensions
    scale = _along(parameters.incoming.velocity_scale, dimensions)
    around = ghosts(dimensions)
    components = [np.pad(velocity[..., axis], around, mode="edge") for axis in range(dimensions)]
    u = tuple(jnp.asarray(component, dtype) * scale for component in components)
    r = jnp.zeros_like(parameters.fluid)
    if pressure is not None:
        r = jnp.asarray(np.pad(pressure, around, mode="edge"), dtype) * (3.0 * scale**2)
    # Stored populations have been through a collision, which adds half a step of the force to the momentum.
    half_push = (0.5 * component for component in _force(parameters, dimensions))
    u = tuple((component + push) * parameters.fluid for component, push in zip(u, half_push, strict=True))
    return equilibrium(setup.lattice, r, u)


def fields(setup: Setup, parameters: Parameters, f: Populations) -> tuple[Array, Array]:
    """Velocity `batch [z] y x d` and density deviation in lattice units; zero in solid cells."""
    populations = [inside(population) for population in f]
    fluid = inside(parameters.fluid)
    u = momentum(setup.lattice, populations)
    if setup.forced:
        # After a collision with Guo's force the momentum is ahead by half a step.
        u = tuple(c - 0.5 * push for c, push in zip(u, _force(parameters, setup.lattice.dimensions), strict=True))
    velocity = jnp.stack([component * fluid for component in u], axis=-1)
    return velocity, density(setup.lattice, populations) * fluid


def step(setup: Setup, parameters: Parameters, f: Populations) -> tuple[Populations, Float[Array, "batch d"]]:
    """One time step of every case, and the force on the walls inside. Populations are those after collision."""
    lattice = setup.lattice
    f = fill_ghosts(lattice, setup.edges, f, parameters.incoming)
    wall_force = jnp.zeros_like(parameters.force)
    if setup.walls_inside:
        f, wall_force = reflect(lattice, parameters.links, f)
    force = _force(parameters, lattice.dimensions) if setup.forced else None
    relaxation_time = _along(parameters.relaxation_time, lattice.dimensions)
    f = setup.collision.collide(lattice, stream(lattice, f), relaxation_time, force)
    if setup.walls_inside:
        # Solid cells hold nothing: what streams into them must not grow.
        f = tuple(population * parameters.fluid for population in f)
    return f, wall_force


def _along(per_case: _Numbers, dimensions: int) -> _Numbers:
    """One number per case, shaped to go along with a batch of fields."""
    return per_case.reshape(-1, *[1] * dimensions)


def _force(parameters: Parameters, dimensions: int) -> tuple[Array, ...]:
    """Components of the body force, shaped to go along with a batch of fields."""
    return tuple(_along(component, dimensions) for component in parameters.force.T)


@partial(jax.jit, static_argnums=0, donate_argnums=2)
def advance(setup: Setup, parameters: Parameters, f: Populations, steps: Array) -> Populations:
    """`steps` time steps of every case."""
    return jax.lax.fori_loop(0, steps, lambda _, g: step(setup, parameters, g)[0], f)


def advance_and_look(setup: Setup, parameters: Parameters, f: Populations, steps: int) -> tuple[Populations, Monitor]:
    """`steps` time steps of every case, and how much the last of them and all of them changed.

    Fields, the last step and the sums over them are programs of their own, and sums go case by case: fused into one,
    XLA would sum a batch of one in another order than a batch of many, and convergence would depend on the
    neighbours.
    """
    start, _ = _fields(setup, parameters, f)
    f = advance(setup, parameters, f, jnp.int32(steps - 1))
    _, before = _fields(setup, parameters, f)
    momentum_in = _momentum_in(setup, parameters, f)
    f, wall_force = _step(setup, parameters, f)
    return f, _measure(start, before, *_fields(setup, parameters, f), wall_force, momentum_in)


_fields = jax.jit(fields, static_argnums=0)
_step = jax.jit(step, static_argnums=0, donate_argnums=2)


@partial(jax.jit, static_argnums=0)
def _momentum_in(setup: Setup, parameters: Parameters, f: Populations) -> Float[Array, "batch d"]:
    """Momentum that enters through the edges in one step.

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
    return jax.lax.map(lambda one: jnp.stack([jnp.sum(c) for c in one]), momentum(lattice, change))


@jax.jit
def _measure(start: Array, r0: Array, u1: Array, r1: Array, wall_force: Array, momentum_in: Array) -> Monitor:
    def one(values: tuple[Array, ...]) -> Monitor:
        start, r0, u1, r1, wall_force, momentum_in = values
        size, change = (jnp.sqrt(jnp.sum(u**2)) for u in (u1, u1 - start))
        return Monitor(
            residual=jnp.where(change == 0.0, change, change / size),
            force=wall_force,
            mass_rate=jnp.sum(r1 - r0),
            momentum_in=momentum_in,
            speed_max=jnp.sqrt(jnp.max(jnp.sum(u1**2, axis=-1))),
        )

    return jax.lax.map(one, (start, r0, u1, r1, wall_force, momentum_in))
