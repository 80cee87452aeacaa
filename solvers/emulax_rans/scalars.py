"""Transport of the turbulence model's two quantities over a grid."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array, Float

from emulax_rans.grid import Grid
from emulax_rans.mean_flow import MeanFlow, ReynoldsStress
from emulax_rans.momentum import Velocity
from emulax_rans.turbulence import Scales, Turbulence, TurbulenceModel

Field = Float[Array, "z y"]


def turbulence_of(
    grid: Grid,
    model: TurbulenceModel,
    k: Field,
    second: Field,
    velocity: Velocity,
    gradient: Float[Array, "z y 3 3"],
    viscosity: float,
) -> Turbulence:
    """What the model's algebra takes, at the cells."""
    y, z = grid.y, grid.z
    u = velocity.u
    mixed = y.divergence(y.even(z.divergence(z.even(u))))
    curvature = y.divergence(y.gradient(u)) ** 2 + z.divergence(z.gradient(u)) ** 2 + 2.0 * mixed**2
    return Turbulence(
        k,
        second,
        _slopes(grid, k, vanishes=True),
        _slopes(grid, second, vanishes=_vanishes(grid, model, viscosity)),
        _slopes(grid, jnp.sqrt(k), vanishes=True),
        0.5 * (gradient + jnp.swapaxes(gradient, -1, -2)),
        curvature,
        jnp.asarray(grid.wall_distance),
        viscosity,
    )


def balance(
    grid: Grid,
    model: TurbulenceModel,
    at: Turbulence,
    velocity: Velocity,
    flow: MeanFlow,
    stress: ReynoldsStress,
) -> tuple[Field, Field]:
    """What k and the second quantity of each cell lose per volume and time; zero in a steady flow.

    Where the second quantity is known, at walls, it is the logarithm of its excess instead.
    """
    nu = at.viscosity
    scales = Scales(flow.eddy_viscosity, flow.dissipation)
    gain = model.sources(at, scales, production(flow, stress))
    k_lost = _transport(grid, velocity, at.k, gain.k_diffusivity, nu, vanishes=True) - gain.k
    known = model.at_walls(grid.wall_distance, nu)
    spread = _transport(grid, velocity, at.second, gain.second_diffusivity, nu, vanishes=known is None)
    second_lost = spread - gain.second
    if known is not None:
        second_lost = jnp.where(grid.wall_cells, jnp.log(at.second / known), second_lost)
    return k_lost, second_lost


def production(flow: MeanFlow, stress: ReynoldsStress) -> Float[Array, "*cells"]:
    """Rate at which the mean flow makes k: -<u_i u_j> dU_i/dx_j."""
    strain = flow.strain_rate
    linear = 2.0 * stress.eddy_viscosity * (strain**2).sum((-2, -1))
    return linear - (stress.remainder * strain).sum((-2, -1))


def _vanishes(grid: Grid, model: TurbulenceModel, viscosity: float) -> bool:
    return model.at_walls(grid.wall_distance, viscosity) is None


def _slopes(grid: Grid, value: Field, *, vanishes: bool) -> Float[Array, "z y 2"]:
    axes = (grid.y, grid.z)
    return jnp.stack([axis.divergence(axis.even(value) if vanishes else axis.free(value)) for axis in axes], axis=-1)


def _transport(
    grid: Grid, velocity: Velocity, value: Field, diffusivity: Field, viscosity: float, *, vanishes: bool
) -> Field:
    """What a scalar of each cell loses per volume and time by convection and diffusion.

    It vanishes at walls, or nothing of it crosses them; the eddies' diffusivity vanishes there.
    """
    lost = jnp.zeros_like(value)
    for axis, normal in ((grid.y, velocity.v), (grid.z, velocity.w)):
        slope = axis.gradient(value) if vanishes else axis.inner_gradient(value)
        carried = normal * (axis.even(value) if vanishes else axis.free(value))
        lost += axis.divergence(carried - (viscosity + axis.even(diffusivity)) * slope)
    return lost
