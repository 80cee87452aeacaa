"""The discrete equations as functions from all unknowns to all imbalances.

Two unknowns at every cell are those of the mean momentum: the streamwise velocity and, at the cell's upper corner along
z and y, the stream function of the in-plane velocity. At a high side the stream function is zero, and that is its
equation there. Two more, the logarithms of k and of the second quantity, are those of the turbulence model.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from emulax_rans import momentum, scalars
from emulax_rans.case import BulkVelocity, RansCase
from emulax_rans.closures import reach_of
from emulax_rans.grid import grid_of
from emulax_rans.mean_flow import Closure, MeanFlow, ReynoldsStress
from emulax_rans.momentum import Velocity
from emulax_rans.turbulence import Turbulence

Unknowns = Float[Array, "z y field"]
"""With fields u, psi[, ln k, ln second]."""
OfEach = Float[Array, "z y some_field"]
"""Something of each of two or four fields."""


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


class MomentumEquations:
    """The mean momentum of one case with a Reynolds stress that is known; there are two unknowns."""

    def __init__(self, case: RansCase) -> None:
        self.case = case
        self.grid = grid_of(case.section)

    def reach(self, stress: Any) -> int:
        """Cells along either axis up to which the equations of a cell depend on the unknowns."""
        del stress
        return 2

    def start(self) -> tuple[Unknowns, Float[Array, ""]]:
        """A guess of the unknowns and of the driving force."""
        case = self.case
        friction = case.friction_velocity
        in_wall_units = self.grid.wall_distance * friction / case.viscosity
        u = friction * np.minimum(in_wall_units, np.log1p(in_wall_units) / 0.41 + 5.0)
        force = 4.0 * friction**2 / case.hydraulic_diameter
        return jnp.asarray(np.stack([u, np.zeros_like(u)], axis=-1)), jnp.asarray(force)

    def velocity(self, unknowns: Unknowns) -> Velocity:
        """The velocity of these unknowns."""
        return momentum.velocity_of(self.grid, unknowns[..., 0], unknowns[:-1, :-1, 1])

    def balance(self, unknowns: Unknowns, force: Float[Array, ""], stress: Any) -> Unknowns:
        """What every cell loses per volume and time, with what its sources take."""
        lost = self._momentum(self.velocity(unknowns), unknowns[..., 1], force, stress)
        return lost + (0.0 if self.case.sources is None else self.case.sources[..., :2])

    def content(self, unknowns: Unknowns) -> OfEach:
        """What of every cell changes in time: momentum and vorticity."""
        spin = jnp.pad(momentum.vorticity(self.grid, self.velocity(unknowns)), ((0, 1), (0, 1)))
        return jnp.stack([unknowns[..., 0], spin], axis=-1)

    def imbalance(self, unknowns: Unknowns, lost: Unknowns, force: Float[Array, ""]) -> Float[Array, ""]:
        """The largest of the root mean squares over the section of the equations' imbalances, relative to their terms.

        Momentum is held against the driving force.
        """
        relative = (lost * self._units(unknowns, force)) ** 2
        return jnp.sqrt((self.grid.share[..., None] * relative).sum((0, 1)).max())

    def largest_relative_change(self, change: Unknowns) -> Float[Array, ""]:
        """Largest change of a logarithm, of which there is none."""
        return jnp.zeros((), change.dtype)

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

    def _units(self, unknowns: Unknowns, force: Float[Array, ""]) -> OfEach:
        """By what the imbalances are multiplied to be relative."""
        one = jnp.ones_like(unknowns[..., 0])
        length = self.case.section.y[-1] - self.case.section.y[0]
        return jnp.stack([one / force, one * length / force], axis=-1)

    def _momentum(
        self, velocity: Velocity, stream_function: Float[Array, "z y"], force: Float[Array, ""], stress: ReynoldsStress
    ) -> Unknowns:
        grid, nu = self.grid, self.case.viscosity
        along = momentum.streamwise(grid, velocity, stress, nu) - force
        around = jnp.pad(momentum.circulation(grid, velocity, stress, nu), ((0, 1), (0, 1)))
        around = around.at[-1].set(stream_function[-1]).at[:, -1].set(stream_function[:, -1])
        return jnp.stack([along, around], axis=-1)


class Equations(MomentumEquations):
    """The mean momentum and the turbulence of one case, with a closure; there are four unknowns."""

    def __init__(self, case: RansCase) -> None:
        super().__init__(case)
        # Cells in which the second quantity is known.
        known = case.turbulence.at_walls(self.grid.wall_distance, case.viscosity)
        self._held = np.zeros_like(self.grid.wall_cells) if known is None else self.grid.wall_cells

    def reach(self, stress: Closure) -> int:
        """See `MomentumEquations.reach`."""
        return reach_of(stress)

    def start(self) -> tuple[Unknowns, Float[Array, ""]]:
        """See `MomentumEquations.start`."""
        unknowns, force = super().start()
        case = self.case
        k, second = case.turbulence.start(self.grid.wall_distance, case.viscosity, case.friction_velocity)
        return jnp.concatenate([unknowns, jnp.asarray(np.log(np.stack([k, second], axis=-1)))], axis=-1), force

    def state(self, unknowns: Unknowns) -> State:
        """What these unknowns stand for."""
        grid, case = self.grid, self.case
        velocity = self.velocity(unknowns)
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

    def balance(self, unknowns: Unknowns, force: Float[Array, ""], stress: Closure) -> Unknowns:
        """What every cell loses per volume and time, of k and the second quantity relative to what is there."""
        state = self.state(unknowns)
        said = stress(state.flow)
        mean = self._momentum(state.velocity, unknowns[..., 1], force, said)
        mean += 0.0 if self.case.sources is None else self.case.sources[..., :2]
        return jnp.concatenate([mean, self.turbulence_balance(state, said)], axis=-1)

    def turbulence_balance(self, state: State, said: ReynoldsStress) -> OfEach:
        """What every cell loses of k and of the second quantity, relative to what is there."""
        case, (velocity, turbulence, flow) = self.case, state
        lost = jnp.stack(scalars.balance(self.grid, case.turbulence, turbulence, velocity, flow, said), axis=-1)
        lost += 0.0 if case.sources is None else case.sources[..., 2:]
        return lost / jnp.stack([turbulence.k, jnp.where(self._held, 1.0, turbulence.second)], axis=-1)

    def content(self, unknowns: Unknowns) -> OfEach:
        """What of every cell changes in time: momentum, vorticity, and the logarithms of the rest."""
        second = jnp.where(self._held, 0.0, unknowns[..., 3])
        return jnp.concatenate([super().content(unknowns), unknowns[..., 2:3], second[..., None]], axis=-1)

    def largest_relative_change(self, change: Unknowns) -> Float[Array, ""]:
        """Largest change of the logarithms of k and of the second quantity."""
        return jnp.abs(change[..., 2:]).max()

    def _units(self, unknowns: Unknowns, force: Float[Array, ""]) -> OfEach:
        """K and the second quantity are held against the turbulence's own rate."""
        flow = self.state(unknowns).flow
        time = flow.kinetic_energy / flow.dissipation
        turbulence = jnp.stack([time, jnp.where(self._held, 1.0, time)], axis=-1)
        return jnp.concatenate([super()._units(unknowns, force), turbulence], axis=-1)
