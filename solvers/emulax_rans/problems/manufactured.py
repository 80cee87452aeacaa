"""A flow that solves the equations exactly once what it leaves unbalanced is put in as sources.

The sources come from the differential equations, differentiated at points by JAX; nothing of the solver's discrete
operators is used. The turbulence model's algebra is the solver's own.

Source of the method: Roache 2002, doi:10.1115/1.1436090.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Float64

from emulax_rans.case import DrivingForce, RansCase
from emulax_rans.mean_flow import Closure, MeanFlow, ReynoldsStress
from emulax_rans.newton import NewtonOptions
from emulax_rans.scalars import production
from emulax_rans.section import Section
from emulax_rans.solve import Guess, solve
from emulax_rans.turbulence import KOmegaSST, Turbulence, TurbulenceModel

Point = Float[Array, " 2"]
"""Coordinates y and z."""

_PI = np.pi
_IN_PLANE = 0.02
_OPTIONS = NewtonOptions(time_step=10.0)


def quadratic(flow: MeanFlow) -> ReynoldsStress:
    """A closure of second order in the velocity's gradient, so that no term of the equations is idle."""
    strain = flow.strain_rate
    rotation = flow.velocity_gradient - strain
    square = strain @ strain
    isotropic = (
        jnp.trace(square, axis1=-2, axis2=-1)[..., None, None] / 3.0 * jnp.broadcast_to(jnp.eye(3), square.shape)
    )
    scale = (flow.kinetic_energy**3 / flow.dissipation**2)[..., None, None]
    return ReynoldsStress(
        flow.eddy_viscosity, 0.05 * scale * (strain @ rotation - rotation @ strain + 2.0 * (square - isotropic))
    )


class _Rounded(Section):
    """A duct whose distance to the walls is smooth, as the order of a scheme shows on nothing else."""

    @cached_property
    def wall_distance(self) -> Float64[np.ndarray, "z y"]:
        """Distance to two walls, rounded where it is the same to both."""
        z, y = self.centres
        return np.asarray(_rounded(1.0 - y, 1.0 - z))


def _rounded(a: Any, b: Any) -> Any:
    return a * b / (a**2 + b**2) ** 0.5


@dataclass(frozen=True)
class Manufactured:
    """Smooth fields in a half channel or in a quarter of a square duct, of half height 1.

    Args:
        duct: Whether it is a duct; else a channel, with no flow across it.
        turbulence: The turbulence model.
        viscosity: Kinematic viscosity.
        closure: The Reynolds stress.
    """

    duct: bool
    turbulence: TurbulenceModel = field(default_factory=KOmegaSST)
    viscosity: float = 0.01
    closure: Closure = quadratic

    def section(self, cells: int) -> Section:
        """The section, on faces that are drawn together towards the walls."""
        s = np.linspace(0.0, 1.0, cells + 1)
        faces = s + 0.2 * np.sin(_PI * s) / _PI
        if self.duct:
            return _Rounded(faces, faces)
        return Section(faces, np.array([0.0, 1.0]), frozenset({"high_y"}))

    def case(self, cells: int) -> tuple[RansCase, Float64[np.ndarray, "z y 4"]]:
        """The case, and the exact unknowns: U, the stream function, and the logarithms of k and its companion."""
        section = self.section(cells)
        (z, y), corners = section.centres, np.meshgrid(section.z[1:], section.y[1:], indexing="ij")
        centres = jnp.stack([jnp.asarray(y), jnp.asarray(z)], axis=-1)
        upper = jnp.stack([jnp.asarray(corner) for corner in corners[::-1]], axis=-1)
        inner = np.zeros(section.shape, bool)
        inner[:-1, :-1] = True
        at = jax.jit(jax.vmap(jax.vmap(self._balance)))
        sources = -np.array(at(centres)) + np.array([1.0, 0.0, 0.0, 0.0])
        sources[..., 1] = np.where(inner, -np.array(jax.jit(jax.vmap(jax.vmap(self._circulation)))(upper)), 0.0)
        exact = np.array(jax.vmap(jax.vmap(self._fields))(centres))
        exact[..., 1] = np.where(inner, np.array(jax.vmap(jax.vmap(self._fields))(upper))[..., 1], 0.0)
        exact[..., 2:] = np.log(exact[..., 2:])
        known = self.turbulence.at_walls(section.wall_distance, self.viscosity)
        if known is not None:
            excess = exact[..., 3] - np.log(known)
            sources[..., 3] = np.where(section.wall_cells, -excess, sources[..., 3])
        return RansCase(section, self.viscosity, DrivingForce(1.0), self.turbulence, sources), exact

    def errors(self, cells: int) -> Float64[np.ndarray, " 4"]:
        """Root mean square errors of U, the stream function, k and its companion; NaN if not converged.

        The solver starts at the exact fields, which need not be the only solution.
        """
        case, exact = self.case(cells)
        flow = solve(case, self.closure, start=Guess(jnp.asarray(exact), jnp.asarray(1.0)), options=_OPTIONS)
        found, true = (np.concatenate([x[..., :2], np.exp(x[..., 2:])], axis=-1) for x in (flow.unknowns, exact))
        area = case.section.area[..., None]
        return np.sqrt((area * (found - true) ** 2).sum((0, 1)) / area.sum()) if flow.converged else np.full(4, np.nan)

    def _fields(self, at: Point) -> Float[Array, " 4"]:
        y, z = at[0], at[1] if self.duct else jnp.zeros_like(at[1])
        bump = jnp.cos(_PI * y / 2.0) * jnp.cos(_PI * z / 2.0)

        def eddy(s: Array) -> Array:
            return jnp.sin(_PI * s) * (1.0 + jnp.cos(_PI * s))

        # At walls as each model has it: the dissipation of a k that grows as the squared distance is finite there. An
        # omega that grows towards the walls keeps the SST model from changing its formulas somewhere in the section.
        k_epsilon = self.turbulence.second == "epsilon"
        k = 0.03 * bump**2 if k_epsilon else 0.1 * bump
        second = 0.02 * bump if k_epsilon else 12.0 - jnp.cos(_PI * y) - jnp.cos(_PI * z)
        return jnp.stack([bump, _IN_PLANE * eddy(y) * eddy(z), k, second])

    def _velocity(self, at: Point) -> Float[Array, " 3"]:
        slopes = jax.jacfwd(self._fields)(at)
        return jnp.stack([self._fields(at)[0], slopes[1, 1], -slopes[1, 0]])

    def _gradient(self, at: Point) -> Float[Array, "3 3"]:
        return jnp.pad(jax.jacfwd(self._velocity)(at), ((0, 0), (1, 0)))

    def _wall_distance(self, at: Point) -> Float[Array, ""]:
        return _rounded(1.0 - at[0], 1.0 - at[1]) if self.duct else 1.0 - at[0]

    def _turbulence(self, at: Point) -> Turbulence:
        fields, slopes = self._fields(at), jax.jacfwd(self._fields)(at)
        gradient = self._gradient(at)
        root = jax.jacfwd(lambda p: jnp.sqrt(self._fields(p)[2]))(at)
        curvature = (jax.jacfwd(jax.jacfwd(lambda p: self._fields(p)[0]))(at) ** 2).sum()
        strain = 0.5 * (gradient + gradient.T)
        distance = self._wall_distance(at)
        return Turbulence(fields[2], fields[3], slopes[2], slopes[3], root, strain, curvature, distance, self.viscosity)

    def _flow(self, at: Point) -> MeanFlow:
        turbulence = self._turbulence(at)
        scales = self.turbulence.scales(turbulence)
        return MeanFlow(
            self._velocity(at),
            self._gradient(at),
            turbulence.k,
            jnp.pad(turbulence.k_slopes, (1, 0)),
            scales.dissipation,
            scales.eddy_viscosity,
            turbulence.wall_distance,
            self.viscosity,
        )

    def _momentum(self, at: Point) -> Float[Array, " 3"]:
        """What each component of the momentum loses per volume and time, but for the pressure."""

        def flux(p: Point) -> Float[Array, "3 2"]:
            velocity, flow = self._velocity(p), self._flow(p)
            stress = self.closure(flow)
            viscous = 2.0 * (self.viscosity + stress.eddy_viscosity) * flow.strain_rate
            return (jnp.outer(velocity, velocity) - viscous + stress.remainder)[:, 1:]

        return _divergence(flux, at)

    def _circulation(self, at: Point) -> Float[Array, ""]:
        slopes = jax.jacfwd(self._momentum)(at)
        return slopes[2, 0] - slopes[1, 1]

    def _balance(self, at: Point) -> Float[Array, " 4"]:
        flow, turbulence = self._flow(at), self._turbulence(at)
        made = production(flow, self.closure(flow))
        gain = self.turbulence.sources(turbulence, self.turbulence.scales(turbulence), made)

        def flux(p: Point) -> Float[Array, "2 2"]:
            there, velocity = self._turbulence(p), self._velocity(p)[1:]
            spread = self.turbulence.sources(there, self.turbulence.scales(there), jnp.zeros_like(there.k))
            k = there.k * velocity - (self.viscosity + spread.k_diffusivity) * there.k_slopes
            second = there.second * velocity - (self.viscosity + spread.second_diffusivity) * there.second_slopes
            return jnp.stack([k, second])

        lost = _divergence(flux, at)
        return jnp.stack([self._momentum(at)[0], jnp.zeros_like(made), lost[0] - gain.k, lost[1] - gain.second])


def _divergence(flux: Callable[[Point], Float[Array, "component 2"]], at: Point) -> Float[Array, " component"]:
    return jnp.trace(jax.jacfwd(flux)(at), axis1=-2, axis2=-1)
