"""All equations of a case as one function of one array of unknowns.

The unknowns at [z, y] are the streamwise velocity, the stream function at the cell's upper corner, and the logarithms
of k and of the turbulence model's second quantity, which are positive so. The last corners along either axis lie on the
sides, where the stream function is zero.
"""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from emulax_rans import momentum, scalars
from emulax_rans.case import BulkVelocity, RansCase
from emulax_rans.grid import grid_of
from emulax_rans.mean_flow import Closure, MeanFlow
from emulax_rans.momentum import Velocity
from emulax_rans.turbulence import Turbulence

Unknowns = Float[Array, "z y 4"]


class State(NamedTuple):
    """What the unknowns stand for.

    Attributes:
        velocity: The velocity where the solver has it.
        turbulence: The turbulence as its model sees it.
        flow: The mean flow as a closure sees it.
    """

    velocity: Velocity
    turbulence: Turbulence
    flow: MeanFlow


class Equations:
    """The equations of one case."""

    def __init__(self, case: RansCase) -> None:
        self.case = case
        self.grid = grid_of(case.section)
        # Cells in which the second quantity is known.
        known = case.turbulence.at_walls(self.grid.wall_distance, case.viscosity)
        self._held = np.zeros_like(self.grid.wall_cells) if known is None else self.grid.wall_cells

    def start(self) -> tuple[Unknowns, Float[Array, ""]]:
        """A guess of the unknowns and of the driving force."""
        case = self.case
        friction = case.friction_velocity
        distance = self.grid.wall_distance
        in_wall_units = distance * friction / case.viscosity
        u = friction * np.minimum(in_wall_units, np.log1p(in_wall_units) / 0.41 + 5.0)
        k, second = case.turbulence.start(distance, case.viscosity, friction)
        force = 4.0 * friction**2 / case.hydraulic_diameter
        guess = np.stack([u, np.zeros_like(u), np.log(k), np.log(second)], axis=-1)
        return jnp.asarray(guess), jnp.asarray(force)

    def state(self, unknowns: Unknowns) -> State:
        """What these unknowns stand for."""
        grid, case = self.grid, self.case
        velocity = momentum.velocity_of(grid, unknowns[..., 0], unknowns[:-1, :-1, 1])
        k, second = jnp.exp(unknowns[..., 2]), jnp.exp(unknowns[..., 3])
        gradient = momentum.gradient(grid, velocity)
        turbulence = scalars.turbulence_of(grid, case.turbulence, k, second, velocity, gradient, case.viscosity)
        scales = case.turbulence.scales(turbulence)
        flow = MeanFlow(
            momentum.at_cells(grid, velocity),
            gradient,
            k,
            jnp.pad(turbulence.k_slopes, ((0, 0), (0, 0), (1, 0))),
            scales.dissipation,
            scales.eddy_viscosity,
            turbulence.wall_distance,
            case.viscosity,
        )
        return State(velocity, turbulence, flow)

    def balance(self, unknowns: Unknowns, force: Float[Array, ""], closure: Closure) -> Unknowns:
        """What every cell loses per volume and time, of k and the second quantity relative to what is there."""
        grid, case = self.grid, self.case
        velocity, turbulence, flow = self.state(unknowns)
        stress = closure(flow)
        along = momentum.streamwise(grid, velocity, stress, case.viscosity) - force
        around = momentum.circulation(grid, velocity, stress, case.viscosity)
        k_lost, second_lost = scalars.balance(grid, case.turbulence, turbulence, velocity, flow, stress)
        lost = [along, self._with_sides(around, unknowns[..., 1]), k_lost, second_lost]
        total = jnp.stack(lost, axis=-1) + (0.0 if case.sources is None else case.sources)
        one = jnp.ones_like(turbulence.k)
        return total / jnp.stack([one, one, turbulence.k, jnp.where(self._held, 1.0, turbulence.second)], axis=-1)

    def content(self, unknowns: Unknowns) -> Unknowns:
        """What of every cell changes in time: momentum, vorticity, and the logarithms of the rest."""
        velocity = momentum.velocity_of(self.grid, unknowns[..., 0], unknowns[:-1, :-1, 1])
        spin = jnp.pad(momentum.vorticity(self.grid, velocity), ((0, 1), (0, 1)))
        return jnp.stack(
            [unknowns[..., 0], spin, unknowns[..., 2], jnp.where(self._held, 0.0, unknowns[..., 3])], axis=-1
        )

    def imbalance(self, unknowns: Unknowns, lost: Unknowns, force: Float[Array, ""]) -> Float[Array, ""]:
        """The largest of the root mean squares over the section of the equations' imbalances, relative to their terms.

        Momentum is held against the driving force, k and the second quantity against the turbulence's own rate.
        """
        flow = self.state(unknowns).flow
        length = self.case.section.y[-1] - self.case.section.y[0]
        time = flow.kinetic_energy / flow.dissipation
        one = jnp.ones_like(time)
        scales = [one / force, one * length / force, time, jnp.where(self._held, 1.0, time)]
        relative = (lost * jnp.stack(scales, axis=-1)) ** 2
        return jnp.sqrt((self.grid.share[..., None] * relative).sum((0, 1)).max())

    def by_force(self, unknowns: Unknowns) -> Unknowns:
        """Derivative of `balance` by the driving force."""
        return jnp.zeros_like(unknowns).at[..., 0].set(-1.0)

    def constraint(self, unknowns: Unknowns, force: Float[Array, ""]) -> Float[Array, ""]:
        """What fixes the driving force, zero when it is met."""
        drive = self.case.drive
        if isinstance(drive, BulkVelocity):
            return (self.grid.share * unknowns[..., 0]).sum() - drive.value
        return force - drive.value

    def constraint_slopes(self, unknowns: Unknowns) -> tuple[Unknowns, float]:
        """Derivatives of `constraint` by the unknowns and by the driving force."""
        none = jnp.zeros_like(unknowns)
        if isinstance(self.case.drive, BulkVelocity):
            return none.at[..., 0].set(self.grid.share), 0.0
        return none, 1.0

    def _with_sides(
        self, inner: Float[Array, "inner_z inner_y"], stream_function: Float[Array, "z y"]
    ) -> Float[Array, "z y"]:
        """Equations of the inner corners, and at the sides the stream function, which is zero there."""
        whole = jnp.pad(inner, ((0, 1), (0, 1)))
        return whole.at[-1].set(stream_function[-1]).at[:, -1].set(stream_function[:, -1])
