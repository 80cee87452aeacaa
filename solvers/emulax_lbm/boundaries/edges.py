"""The four edges of the box. All of them lie half a cell outside the outermost cell centres, on the box itself.

An edge writes into the ghost layer the populations that should arrive from there. A line along an edge ends in the
ghost cells of its neighbours, and what it reads there must have been written: periodic edges come first and copy all
populations, then the outlet, then free slip, then walls and inlet, which read no ghost cells and own the corners.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from emulax_lbm.errors import CaseError
from emulax_lbm.lattices import Lattice
from emulax_lbm.lattices.lattice import CS
from emulax_lbm.moments import Populations, density, momentum


@dataclass(frozen=True)
class Periodic:
    """What leaves here enters on the opposite edge."""


@dataclass(frozen=True)
class FreeSlip:
    """Specular reflection: no flow through, no friction along."""


@dataclass(frozen=True)
class Wall:
    """No slip by half-way bounce-back (Ladd 1994, doi 10.1017/S0022112094001771).

    Args:
        velocity: Speed of the wall along itself, in units of U.
    """

    velocity: float = 0.0

    def __post_init__(self) -> None:
        if not math.isfinite(self.velocity):
            raise CaseError("velocity", f"is {self.velocity}, must be finite")


@dataclass(frozen=True)
class VelocityInlet:
    """Flow entering at a given velocity, on the left edge, by bounce-back with the inflow's momentum.

    Args:
        profile: `uniform` with velocity U, or `parabolic` with mean velocity U.
    """

    profile: Literal["uniform", "parabolic"] = "uniform"

    def __post_init__(self) -> None:
        if self.profile not in ("uniform", "parabolic"):
            raise CaseError("profile", f"is {self.profile!r}, must be 'uniform' or 'parabolic'")

    def velocity(self, cells: int) -> Float[np.ndarray, " cells"]:
        """Streamwise velocity at the cell centres along the edge, in units of U."""
        if self.profile == "uniform":
            return np.ones(cells)
        y = (np.arange(cells) + 0.5) / cells
        return 6.0 * y * (1.0 - y)


@dataclass(frozen=True)
class PressureOutlet:
    """Outflow at the reference pressure, on the right edge, that lets wakes and plane sound waves leave.

    Populations are extrapolated along x, their density set to `r = (<u_out> - <u_in>) / c_s`, with `< >` the mean
    over the edge. In an incompressible flow both means are equal and the pressure is the reference; a difference
    between them is a plane sound wave, and this `r` is that of a wave that only goes out (the characteristic
    condition of Poinsot & Lele 1992, doi 10.1016/0021-9991(92)90046-2); about 8 % of a pulse come back. Applied cell
    by cell it would resist the wake as well, and a steady state take ten times longer.
    """


Edge = Periodic | FreeSlip | Wall | VelocityInlet | PressureOutlet


@dataclass(frozen=True)
class Edges:
    """What happens at each edge of the box; x runs from left to right, y from bottom to top.

    Raises:
        CaseError: An edge that cannot stand where it is.
    """

    left: Edge
    right: Edge
    bottom: Edge
    top: Edge

    def __post_init__(self) -> None:
        for first, second in (("left", "right"), ("bottom", "top")):
            if isinstance(getattr(self, first), Periodic) != isinstance(getattr(self, second), Periodic):
                raise CaseError("edges", f"{first} and {second} must both be periodic, or neither")
        for name in ("left", "right", "bottom", "top"):
            edge = getattr(self, name)
            if isinstance(edge, VelocityInlet) and name != "left":
                raise CaseError("edges", f"the {name} edge cannot be an inlet, only the left one can")
            if isinstance(edge, PressureOutlet) and name != "right":
                raise CaseError("edges", f"the {name} edge cannot be an outlet, only the right one can")
        if isinstance(self.left, VelocityInlet) != isinstance(self.right, PressureOutlet):
            raise CaseError("edges", "an inlet needs an outlet, and an outlet an inlet")

    @property
    def through_flow(self) -> bool:
        """Whether fluid enters on the left and leaves on the right."""
        return isinstance(self.left, VelocityInlet)


def fill_ghosts(
    lattice: Lattice,
    edges: Edges,
    f: Populations,
    *,
    velocity_scale: Array,
    inflow: Array,
) -> Populations:
    """Write what arrives from the four edges into the ghost layer.

    Args:
        lattice: Velocity set.
        edges: The edges.
        f: Populations after collision, `[batch] y+2 x+2`.
        velocity_scale: U in lattice units, one per case.
        inflow: Inlet velocity in lattice units, `batch y+2`.
    """
    populations = list(f)
    sides = [
        (edges.bottom, 1, 1, 0, 1),
        (edges.top, 1, -2, -1, -1),
        (edges.left, 0, 1, 0, 1),
        (edges.right, 0, -2, -1, -1),
    ]
    for edge, axis, inside, ghost, sign in sorted(sides, key=lambda side: _ORDER.index(type(side[0]))):
        entering = lattice.entering(axis, sign)
        match edge:
            case Periodic():
                for i, population in enumerate(populations):
                    populations[i] = _set(population, axis, ghost, _line(population, axis, -1 - inside))
            case FreeSlip():
                mirror = lattice.mirrored(axis)
                for i in entering:
                    populations[i] = _set(populations[i], axis, ghost, _line(populations[mirror[i]], axis, inside))
            case PressureOutlet():
                lines = [_line(p, axis, inside) for p in populations]
                surplus = momentum(lattice, lines)[0] - inflow
                outgoing = jnp.mean(surplus[..., 1:-1], axis=-1, keepdims=True) / CS
                r = density(lattice, lines)
                for i in entering:
                    populations[i] = _set(populations[i], axis, ghost, lines[i] + lattice.weights[i] * (outgoing - r))
            case Wall():
                speed = edge.velocity * velocity_scale[..., None]
                along = (speed, 0.0) if axis == 1 else (0.0, speed)
                populations = _bounce(lattice, populations, axis, entering, inside, ghost, along)
            case VelocityInlet():
                populations = _bounce(lattice, populations, axis, entering, inside, ghost, (inflow, 0.0))
    return tuple(populations)


_ORDER = (Periodic, PressureOutlet, FreeSlip, Wall, VelocityInlet)


def _bounce(
    lattice: Lattice,
    populations: list[Array],
    axis: int,
    entering: Sequence[int],
    inside: int,
    ghost: int,
    velocity: Sequence[Array | float],
) -> list[Array]:
    """Half-way bounce-back at a wall that moves with `velocity` (components x, y along the edge)."""
    along = 1 - axis
    out = list(populations)
    for i in entering:
        c = lattice.velocities[i]
        reflected = _line(populations[lattice.opposite[i]], axis, inside)
        push = sum(component * v for component, v in zip(c, velocity, strict=True) if component)
        reflected = reflected + 6.0 * lattice.weights[i] * push
        # The ghost cell that streams into cell s along the edge is s - c: shift so that each cell meets its own
        # reflection.
        out[i] = _set(out[i], axis, ghost, jnp.roll(reflected, -c[along], axis=-1))
    return out


def _line(field: Array, axis: int, index: int) -> Array:
    return field[..., index] if axis == 0 else field[..., index, :]


def _set(field: Array, axis: int, index: int, line: Array) -> Array:
    return field.at[..., index].set(line) if axis == 0 else field.at[..., index, :].set(line)
