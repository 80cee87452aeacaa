"""The mean momentum of a fully developed flow.

Along the duct

    div(v U) - div((nu + nu_t) grad U) + d R_xy/dy + d R_xz/dz = G

with the driving force G = -dP/dx. Across it the velocity has a stream function, V = dpsi/dz and W = -dpsi/dy, given at
the corners of cells, so that each cell conserves mass exactly. The momentum of V and W is balanced on the faces between
cells, where they are, as on any staggered grid (Harlow & Welch 1965, doi:10.1063/1.1761178). The circulation of these
balances around a corner holds no pressure: it is the equation for psi there.
"""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Float

from emulax_rans.grid import Grid
from emulax_rans.mean_flow import ReynoldsStress

Field = Float[Array, "z y"]


class Velocity(NamedTuple):
    """The velocity where the solver has it.

    Attributes:
        u: Streamwise, at cells.
        v: Along y, at all faces across y.
        w: Along z, at all faces across z.
    """

    u: Field
    v: Float[Array, "z y+1"]
    w: Float[Array, "z+1 y"]


def velocity_of(grid: Grid, u: Field, stream_function: Float[Array, "inner_z inner_y"]) -> Velocity:
    """The velocity with a stream function that is given at the corners between cells and zero at the sides."""
    psi = jnp.pad(stream_function, 1)
    return Velocity(u, grid.z.divergence(psi), -grid.y.divergence(psi))


def at_cells(grid: Grid, velocity: Velocity) -> Float[Array, "z y 3"]:
    """All components at cells."""
    return jnp.stack([velocity.u, grid.y.mean(velocity.v), grid.z.mean(velocity.w)], axis=-1)


def gradient(grid: Grid, velocity: Velocity) -> Float[Array, "z y 3 3"]:
    """dU_i/dx_j at cells."""
    u, v, w = velocity
    y, z = grid.y, grid.z
    none = jnp.zeros_like(u)
    rows = (
        (none, y.divergence(y.even(u)), z.divergence(z.even(u))),
        (none, y.divergence(v), z.divergence(z.even(y.mean(v)))),
        (none, y.divergence(y.even(z.mean(w))), z.divergence(w)),
    )
    return jnp.stack([jnp.stack(row, axis=-1) for row in rows], axis=-2)


def streamwise(grid: Grid, velocity: Velocity, stress: ReynoldsStress, viscosity: float) -> Field:
    """What the momentum along x of each cell loses per volume and time: the driving force that it needs."""
    u, v, w = velocity
    lost = jnp.zeros_like(u)
    for axis, normal, component in ((grid.y, v, 1), (grid.z, w, 2)):
        shear = (viscosity + axis.even(stress.eddy_viscosity)) * axis.gradient(u)
        lost += axis.divergence(normal * axis.even(u) - shear + axis.odd(stress.remainder[..., 0, component]))
    return lost


def circulation(
    grid: Grid, velocity: Velocity, stress: ReynoldsStress, viscosity: float
) -> Float[Array, "inner_z inner_y"]:
    """Curl of the in-plane momentum's balance at the corners between cells."""
    _, v, w = velocity
    y, z = grid.y, grid.z
    nu_t, rest = stress
    effective = viscosity + nu_t
    along_y = y.mean(v) ** 2 - 2.0 * effective * y.divergence(v) + rest[..., 1, 1]
    along_z = z.mean(w) ** 2 - 2.0 * effective * z.divergence(w) + rest[..., 2, 2]
    shear = (viscosity + z.even(y.even(nu_t))) * (z.gradient(v) + y.gradient(w))
    across = z.even(v) * y.even(w) - shear + z.odd(y.odd(rest[..., 1, 2]))
    balance_v = y.slope(along_y) + z.divergence(across[:, 1:-1])
    balance_w = z.slope(along_z) + y.divergence(across[1:-1])
    return y.slope(balance_w) - z.slope(balance_v)


def vorticity(grid: Grid, velocity: Velocity) -> Float[Array, "inner_z inner_y"]:
    """Streamwise vorticity at the corners between cells."""
    return grid.y.slope(velocity.w[1:-1]) - grid.z.slope(velocity.v[:, 1:-1])
