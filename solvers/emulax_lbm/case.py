"""A flow problem in the user's terms, and its translation into lattice units."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, get_args

import numpy as np
from jaxtyping import Float

from emulax_lbm.boundaries import (
    Edges,
    FreeSlip,
    InflowHistory,
    Periodic,
    PressureOutlet,
    Sponge,
    VelocityInlet,
    Walls,
    uniform,
)
from emulax_lbm.boundaries.speeds import imposed_speeds
from emulax_lbm.checks import (
    require_array,
    require_kind,
    require_name,
    require_positive,
    require_shape,
    require_vector,
)
from emulax_lbm.collision import TRT, Collision
from emulax_lbm.errors import CaseError
from emulax_lbm.lattices import D2Q9, D3Q19, Lattice
from emulax_lbm.lattices.lattice import CS, CS2

Precision = Literal["float32", "float64"]

LATTICE_VELOCITY = 0.1
"""Default U in lattice units: small against the speed of sound 0.577, large enough to reach a steady state soon."""

MACH = 0.3
"""Largest Mach number of what a case imposes: U in lattice units, inflow and moving walls."""

LONGEST_RELAXATION_TIME = 3.0
"""Up to which walls stay where they are; the collision says from which on flows stay bounded."""

CELL_REYNOLDS_LIMIT = 10.0
"""Largest U dx / nu at which a shear layer is still resolved. Collisions that model what is not do without."""

BOUNDARY_LAYER_CELLS = 1.0
"""Least number of cells in the boundary layer thickness, D / sqrt(Re), of a flow that is to be resolved."""

PAST_A_BODY = Edges(left=VelocityInlet(), right=PressureOutlet(), bottom=FreeSlip(), top=FreeSlip())
"""Uniform inflow, free-slip sides, an outlet that lets wakes leave."""

_KINDS = (
    ("edges", Edges, "Edges"),
    ("inflow_history", InflowHistory | None, "an InflowHistory or None"),
    ("sponge", Sponge | None, "a Sponge or None"),
    ("lattice", Lattice | None, "D2Q9, D3Q19, D3Q27 or None"),
    ("collision", Collision, "a collision: TRT() or another one, or collision_named('...')"),
)


@dataclass(frozen=True, eq=False)
class FlowCase:
    """An incompressible flow in a box, perhaps past bodies, in two or three dimensions.

    Args:
        sdf: Signed distance at the cell centres, positive in fluid, in units of the reference length D.
        reynolds: U D / nu.
        cells_per_length: Cells in D.
        edges: What happens at the edges of the box.
        inflow: Streamwise velocity at the cell centres of the left edge in units of U; uniform when None.
        inflow_history: Factor of time on the inflow; one when None.
        sponge: Layer in front of the outlet in which vortices and sound fade; none when None.
        walls: How walls inside the box reflect: `bouzidi` (second order on curved walls), `bouzidi-quadratic` (the same
            with a smaller error, at a higher cost) or `half-way` (staircase).
        wall_velocity: Velocity of the walls inside at the cell centres in units of U, components x, y[, z] last: only
            values next to a wall are used (`rotation` makes those of a turning body). At rest when None.
        moment_centre: What moments are about, components x, y[, z] in units of D from the corner of the box; its middle
            when empty.
        lattice_velocity: U in lattice units; chosen when None.
        lattice: Velocity set; D2Q9 or D3Q19 when None.
        collision: How populations relax.
        body_force: Force per mass in units of U^2 / D, components x, y[, z]; none when empty.
        precision: `float32` or `float64`; the latter needs `jax_enable_x64`.

    Raises:
        CaseError: The case cannot be run stably or is not resolved; the text says why and what would be.
    """

    sdf: Float[np.ndarray, "*space"]
    reynolds: float
    cells_per_length: float
    edges: Edges = PAST_A_BODY
    inflow: Float[np.ndarray, "*side"] | None = None
    inflow_history: InflowHistory | None = None
    sponge: Sponge | None = None
    walls: Walls = "bouzidi"
    wall_velocity: Float[np.ndarray, "*space d"] | None = None
    moment_centre: tuple[float, ...] = ()
    lattice_velocity: float | None = None
    lattice: Lattice | None = None
    collision: Collision = TRT()  # noqa: RUF009 - frozen
    body_force: tuple[float, ...] = ()
    precision: Precision = "float32"

    def __post_init__(self) -> None:
        require_array("sdf", self.sdf)
        if self.sdf.ndim not in (2, 3) or min(self.sdf.shape) < 3:
            raise CaseError("sdf", f"has shape {self.sdf.shape}, must be ([z,] y, x) with at least 3 cells each way")
        for name in ("reynolds", "cells_per_length"):
            require_positive(name, getattr(self, name))
        for name, kind, allowed in _KINDS:
            require_kind(name, getattr(self, name), kind, allowed)
        require_name("walls", self.walls, get_args(Walls))
        require_name("precision", self.precision, get_args(Precision))
        self._check_vectors()
        if not np.any(self.sdf > 0.0):
            raise CaseError("sdf", "has no fluid: it is nowhere positive")
        _check_clear_of_edges(self.sdf <= 0.0, self.edges)
        self._check_resolution()
        self._check_speeds()
        if self.sponge is not None:
            if not self.edges.through_flow:
                raise CaseError("sponge", "is given, but no edge is an outlet")
            self.sponge.check(self.sdf, self.cells_per_length, self.relaxation_time, LONGEST_RELAXATION_TIME)

    def _check_vectors(self) -> None:
        for name in ("body_force", "moment_centre"):
            require_vector(name, getattr(self, name), [self.dimensions])
        if self.velocity_set.dimensions != self.dimensions:
            raise CaseError("lattice", f"is {self.velocity_set.name}, but the box has {self.dimensions} dimensions")
        self.collision.check(self.velocity_set)
        self.edges.check(self.dimensions)
        self._check_wall_velocity()
        for name in ("inflow", "inflow_history"):
            if getattr(self, name) is not None and not self.edges.through_flow:
                raise CaseError(name, "is given, but no edge is an inlet")
        if self.inflow is not None:
            require_array("inflow", self.inflow, self.sdf.shape[:-1])

    def _check_wall_velocity(self) -> None:
        if self.wall_velocity is None:
            return
        require_array("wall_velocity", self.wall_velocity, (*self.sdf.shape, self.dimensions))
        if np.all(self.sdf > 0.0):
            raise CaseError("wall_velocity", "is given, but there are no walls inside the box")

    @property
    def dimensions(self) -> int:
        """Number of space dimensions."""
        return self.sdf.ndim

    @property
    def velocity_set(self) -> Lattice:
        """The lattice: as given, or D2Q9 or D3Q19."""
        return self.lattice or (D2Q9 if self.dimensions == 2 else D3Q19)

    def _check_resolution(self) -> None:
        n, re = self.cells_per_length, self.reynolds
        needed = max(re / CELL_REYNOLDS_LIMIT, BOUNDARY_LAYER_CELLS * math.sqrt(re))
        if n < needed and not self.collision.limits.unresolved:
            raise CaseError(
                "reynolds",
                f"{re:g} is too high for {n:g} cells per length, which resolve up to"
                f" {min(CELL_REYNOLDS_LIMIT * n, (n / BOUNDARY_LAYER_CELLS) ** 2):.0f}:"
                f" use at least {math.ceil(needed)} cells or a lower Reynolds number (or a collision that also carries"
                " what is not resolved: Regularised, Cumulant, Smagorinsky)",
            )
        if self.lattice_velocity is not None:
            require_positive("lattice_velocity", self.lattice_velocity)
            if self.lattice_velocity > MACH * CS:
                raise CaseError("lattice_velocity", f"is {self.lattice_velocity:g}, above Mach 0.3: use at most 0.17")
        low, high = self.collision.limits.relaxation_time, LONGEST_RELAXATION_TIME
        if not low <= self.relaxation_time <= high * (1.0 + 1e-12):
            raise CaseError(
                "reynolds",
                f"{re:g} at lattice velocity {self.velocity_scale:g} on {n:g} cells gives the relaxation time"
                f" {self.relaxation_time:.4g}, outside [{low}, {high}] for {type(self.collision).__name__}: change the"
                " resolution, the velocity or the collision",
            )

    def _check_speeds(self) -> None:
        limit = MACH * CS / self.velocity_scale
        given = (self.sdf, self.inflow_profile(), self.inflow_history, self.wall_velocity)
        for field, what, speed in imposed_speeds(self.velocity_set, self.edges, *given):
            if speed > limit * (1.0 + 1e-12):
                raise CaseError(
                    field,
                    f"{what} has a speed of {speed:.4g} U, which is Mach {MACH * speed / limit:.2g} at lattice velocity"
                    f" {self.velocity_scale:g}, above {MACH:g}: use a lattice velocity of at most"
                    f" {_rounded_down(MACH * CS / speed)}",
                )

    @cached_property
    def velocity_scale(self) -> float:
        """U in lattice units: as given, or 0.1, lowered where the relaxation time would grow too long."""
        if self.lattice_velocity is not None:
            return self.lattice_velocity
        highest = CS2 * (LONGEST_RELAXATION_TIME - 0.5) * self.reynolds / self.cells_per_length
        return min(LATTICE_VELOCITY, highest)

    def inflow_profile(self) -> Float[np.ndarray, "*side"]:
        """Streamwise velocity at the inlet in units of U, before its history; zero where there is none."""
        side = self.sdf.shape[:-1]
        if not self.edges.through_flow:
            return np.zeros(side)
        return uniform(side) if self.inflow is None else self.inflow

    def viscosity_factor(self) -> Float[np.ndarray, " x"]:
        """Viscosity along the stream in units of the case's: more than one in a sponge."""
        cells = self.sdf.shape[-1]
        return np.ones(cells) if self.sponge is None else self.sponge.viscosity_factor(cells, self.cells_per_length)

    def inflow_velocity(self) -> Float[np.ndarray, "*space d"]:
        """The inflow of the start everywhere: where a run starts when nothing better is known."""
        velocity = np.zeros((*self.sdf.shape, self.dimensions))
        factor = 1.0 if self.inflow_history is None else self.inflow_history.at(0.0)
        velocity[..., 0] = factor * self.inflow_profile()[..., None]
        return velocity

    @property
    def moment_point(self) -> Float[np.ndarray, " d"]:
        """What moments are about, components x, y[, z] in cells from the corner of the box."""
        if self.moment_centre:
            return self.cells_per_length * np.array(self.moment_centre, np.float64)
        return 0.5 * np.array(self.sdf.shape[::-1], np.float64)

    @property
    def viscosity(self) -> float:
        """Kinematic viscosity in lattice units, U n / Re."""
        return self.velocity_scale * self.cells_per_length / self.reynolds

    @property
    def relaxation_time(self) -> float:
        """Relaxation time of the even populations in steps, nu / c_s^2 + 1/2."""
        return self.viscosity / CS2 + 0.5

    @property
    def steps_per_time(self) -> int:
        """Steps in the time unit D / U, rounded."""
        return max(1, round(self.cells_per_length / self.velocity_scale))

    @property
    def force_scale(self) -> float:
        """Rho U^2 D / 2, times D in three dimensions, in lattice units: a force over this is a force coefficient."""
        return 0.5 * self.velocity_scale**2 * self.cells_per_length ** (self.dimensions - 1)

    @property
    def moment_scale(self) -> float:
        """The same times D: a moment over this is a moment coefficient."""
        return self.force_scale * self.cells_per_length


def _rounded_down(value: float) -> str:
    """Three digits that are no more than the value."""
    unit = 10.0 ** (math.floor(math.log10(value)) - 2)
    return f"{math.floor(value / unit) * unit:.3g}"


def _check_clear_of_edges(solid: np.ndarray, edges: Edges) -> None:
    for side, edge in edges.along(solid.ndim):
        far = solid.shape[-1 - side.axis] - edge.clearance
        layers = slice(edge.clearance) if side.sign > 0 else slice(far, None)
        if solid[(..., layers, *[slice(None)] * side.axis)].any():
            kind = type(edge).__name__
            raise CaseError(
                "sdf",
                f"is solid within {edge.clearance} cells of the {side.name} edge ({kind}): keep bodies inside the box",
            )


def open_box(shape: tuple[int, ...]) -> Float[np.ndarray, "*space"]:
    """Signed distances of a box without bodies: fluid everywhere, the wall far away.

    Raises:
        CaseError: No shape `([z,] y, x)`.
    """
    require_shape("shape", shape, (2, 3))
    return np.full(shape, 1e6, np.float32)


def past_a_body(dimensions: int) -> Edges:
    """`PAST_A_BODY`, in three dimensions with free slip behind and in front as well."""
    return PAST_A_BODY if dimensions == 2 else replace(PAST_A_BODY, back=FreeSlip(), front=FreeSlip())


PERIODIC = Edges(left=Periodic(), right=Periodic(), bottom=Periodic(), top=Periodic())
"""A box that repeats in every direction."""
