"""Cases as arrays: what is compiled in, and what may differ from case to case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple, TypeVar

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from emulax_lbm.boundaries import Edges, Inflow, WallLinks, Walls, find_links, knots_needed, knots_of
from emulax_lbm.case import FlowCase
from emulax_lbm.checks import require_array, shown
from emulax_lbm.collision import Collision
from emulax_lbm.errors import CaseError
from emulax_lbm.lattices import Lattice
from emulax_lbm.moments import Populations, density, equilibrium, momentum
from emulax_lbm.streaming import ghosts, inside

_Numbers = TypeVar("_Numbers", Array, np.ndarray)

_LINKS_MULTIPLE = 64  # padding to a common multiple lets batches of different bodies share one compiled program


@dataclass(frozen=True)
class Setup:
    """What is compiled in: everything that all cases of a batch have in common."""

    lattice: Lattice
    collision: Collision
    edges: Edges
    walls: Walls
    walls_inside: bool
    moving_walls: bool
    forced: bool
    inflow_knots: int
    sponge: bool
    precision: str


class Parameters(NamedTuple):
    """What may differ from case to case; every leaf leads with the batch, fields have a ghost layer.

    The factor on the viscosity is one row along the stream, or nothing where no case has a sponge.
    """

    relaxation_time: Float[Array, " batch"]
    incoming: Inflow
    viscosity_factor: tuple[Float[Array, "batch ..."], ...]
    force: Float[Array, "batch d"]
    fluid: Float[Array, "batch ..."]
    links: tuple[WallLinks, ...]

    @property
    def links_per_case(self) -> int:
        """Room for wall links, per population and case."""
        return self.links[0].cell.shape[1] if self.links else 0


class State(NamedTuple):
    """What a run carries from step to step; either engine takes and returns it.

    Attributes:
        f: Populations after collision, `batch [z+2] y+2 x+2`; what ghosts and solid cells hold has no meaning.
        step: Steps that each case has taken.
    """

    f: Populations
    step: Int[Array, " batch"]


def require_cases(cases: Sequence[FlowCase]) -> None:
    """Refuse what is no list of cases."""
    if not isinstance(cases, Sequence) or not all(isinstance(case, FlowCase) for case in cases):
        raise CaseError("cases", f"is {shown(cases)}, must be a list of FlowCase")


def require_fields(
    cases: Sequence[FlowCase],
    velocity: Float[Array | np.ndarray, "batch ... d"] | None,
    pressure: Float[Array | np.ndarray, "batch ..."] | None,
) -> None:
    """Refuse initial fields that do not go with the cases."""
    shape = (len(cases), *cases[0].sdf.shape)
    if velocity is not None:
        require_array("velocity", velocity, (*shape, cases[0].dimensions))
    if pressure is not None:
        require_array("pressure", pressure, shape)


def common_setup(cases: Sequence[FlowCase]) -> Setup:
    """The `Setup` that all cases share.

    Raises:
        CaseError: No cases, cases that differ in what is compiled in, or float64 asked for while JAX would truncate it.
    """
    require_cases(cases)
    if not cases:
        raise CaseError("cases", "is empty, must hold at least one case")
    first = cases[0]
    for name in ("edges", "collision", "walls", "precision", "cells_per_length", "lattice"):
        given = {case.velocity_set if name == "lattice" else getattr(case, name) for case in cases}
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
        walls=first.walls,
        walls_inside=any(bool(np.any(case.sdf <= 0.0)) for case in cases),
        moving_walls=any(case.wall_velocity is not None for case in cases),
        forced=any(any(case.body_force) for case in cases),
        inflow_knots=knots_needed([case.inflow_history for case in cases]),
        sponge=any(case.sponge is not None for case in cases),
        precision=first.precision,
    )


def parameters_of(cases: Sequence[FlowCase], setup: Setup) -> Parameters:
    """The cases as arrays."""
    dtype = np.dtype(setup.precision)
    sdf = np.stack([case.sdf for case in cases])
    dimensions = setup.lattice.dimensions
    profiles = setup.edges.around_inlet(np.stack([case.inflow_profile() for case in cases]))
    scale = np.array([case.velocity_scale for case in cases])
    accelerations = np.array([case.body_force or (0.0,) * dimensions for case in cases])
    lengths = np.array([case.cells_per_length for case in cases])
    wall_links: tuple[WallLinks, ...] = ()
    if setup.walls_inside:
        wall_links = find_links(
            setup.lattice,
            setup.edges,
            sdf,
            walls=setup.walls,
            dtype=dtype,
            velocity=wall_velocity_of(cases, setup),
            centre=np.stack([case.moment_point for case in cases]),
            multiple=_LINKS_MULTIPLE,
        )
    return Parameters(
        relaxation_time=jnp.asarray([case.relaxation_time for case in cases], dtype),
        incoming=Inflow(
            velocity_scale=jnp.asarray(scale, dtype),
            inflow=jnp.asarray(along(scale, dimensions - 1) * profiles, dtype),
            knots=knots_of(
                [case.inflow_history for case in cases],
                steps_per_time=lengths / scale,
                count=setup.inflow_knots,
                dtype=dtype,
            ),
        ),
        viscosity_factor=_viscosity_factor(cases, dtype) if setup.sponge else (),
        force=jnp.asarray(accelerations * (scale**2 / lengths)[:, None], dtype),
        fluid=jnp.asarray(setup.edges.around(sdf) > 0.0, dtype),
        links=wall_links,
    )


def wall_velocity_of(cases: Sequence[FlowCase], setup: Setup) -> Float[np.ndarray, "batch ..."] | None:
    """Velocity of the walls inside at the cell centres, in lattice units, `batch [z] y x d`; None where none moves."""
    if not setup.moving_walls:
        return None
    at_rest = np.zeros((*cases[0].sdf.shape, setup.lattice.dimensions))
    given = [at_rest if case.wall_velocity is None else case.wall_velocity for case in cases]
    return np.stack([case.velocity_scale * velocity for case, velocity in zip(cases, given, strict=True)])


def with_room(parameters: Parameters, links: int) -> Parameters:
    """The same on the host, with room for this many wall links; those of weight zero are none."""
    more = links - parameters.links_per_case

    def padded(leaf: Array | np.ndarray) -> np.ndarray:
        return np.pad(leaf, np.array([(0, 0), (0, more), *[(0, 0)] * (leaf.ndim - 2)]))

    return parameters._replace(links=jax.tree.map(padded, parameters.links))


def _viscosity_factor(cases: Sequence[FlowCase], dtype: np.dtype) -> tuple[Array, ...]:
    rows = np.pad(np.stack([case.viscosity_factor() for case in cases]), ghosts(1), mode="edge")
    return (jnp.asarray(rows.reshape(len(cases), *[1] * (cases[0].dimensions - 1), -1), dtype),)


@partial(jax.jit, static_argnums=0)
def initial_state(
    setup: Setup,
    parameters: Parameters,
    velocity: Float[Array | np.ndarray, "batch ... d"],
    pressure: Float[Array | np.ndarray, "batch ..."] | None = None,
) -> State:
    """Equilibrium at the given fields (units U and rho U^2), no steps taken."""
    dtype = np.dtype(setup.precision)
    dimensions = setup.lattice.dimensions
    scale = along(parameters.incoming.velocity_scale, dimensions)
    around = ghosts(dimensions)
    components = [jnp.asarray(velocity[..., axis], dtype) for axis in range(dimensions)]
    u = tuple(jnp.pad(component, around, mode="edge") * scale for component in components)
    r = jnp.zeros_like(parameters.fluid)
    if pressure is not None:
        r = jnp.pad(jnp.asarray(pressure, dtype), around, mode="edge") * (3.0 * scale**2)
    # Stored populations have been through a collision, which adds half a step of the force to the momentum.
    half_push = (0.5 * component for component in force_of(parameters, dimensions))
    u = tuple((component + push) * parameters.fluid for component, push in zip(u, half_push, strict=True))
    return State(equilibrium(setup.lattice, r, u), jnp.zeros(len(velocity), jnp.int32))


@partial(jax.jit, static_argnums=0)
def fields(setup: Setup, parameters: Parameters, state: State) -> tuple[Array, Array]:
    """Velocity `batch [z] y x d` and density deviation in lattice units; zero in solid cells."""
    populations = [inside(population) for population in state.f]
    fluid = inside(parameters.fluid)
    u = momentum(setup.lattice, populations)
    if setup.forced:
        # After a collision with Guo's force the momentum is ahead by half a step.
        u = tuple(c - 0.5 * push for c, push in zip(u, force_of(parameters, setup.lattice.dimensions), strict=True))
    velocity = jnp.stack([component * fluid for component in u], axis=-1)
    return velocity, density(setup.lattice, populations) * fluid


def along(per_case: _Numbers, dimensions: int) -> _Numbers:
    """One number per case, shaped to go along with a batch of fields."""
    return per_case.reshape(-1, *[1] * dimensions)


def relaxation_time_of(parameters: Parameters, dimensions: int) -> Array:
    """Relaxation time of the even populations, shaped to go along with a batch of fields."""
    relaxation_time = along(parameters.relaxation_time, dimensions)
    for factor in parameters.viscosity_factor:
        relaxation_time = 0.5 + (relaxation_time - 0.5) * factor
    return relaxation_time


def force_of(parameters: Parameters, dimensions: int) -> tuple[Array, ...]:
    """Components of the body force, shaped to go along with a batch of fields."""
    return tuple(along(component, dimensions) for component in parameters.force.T)
