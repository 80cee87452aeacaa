"""Boussinesq's closure, the split of a stress, and the way from one closure to another."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from emulax_rans.mean_flow import Closure, MeanFlow, ReynoldsStress


def boussinesq(flow: MeanFlow) -> ReynoldsStress:
    """The linear closure of Boussinesq with the eddy viscosity of the turbulence model."""
    nu_t = flow.eddy_viscosity
    return ReynoldsStress(nu_t, jnp.zeros((*nu_t.shape, 3, 3), nu_t.dtype))


def split(
    deviator: Float[Array, "*cells 3 3"], strain_rate: Float[Array, "*cells 3 3"], *, smallest: float = 0.0
) -> ReynoldsStress:
    """The split of a stress whose remainder is smallest: nu_t is its projection on the strain rate, if positive.

        nu_t = max(0, -R_ij S_ij / (2 S_kl S_kl))

    Source: Wu, Xiao, Sun & Wang 2019, doi:10.1017/jfm.2019.205, eq. 2.8.

    Args:
        deviator: <u_i u_j> - 2/3 k delta_ij.
        strain_rate: S_ij of the flow that it belongs to.
        smallest: S_kl S_kl below which there is no direction to project on.
    """
    squared = jnp.sum(strain_rate * strain_rate, axis=(-2, -1))
    aligned = -jnp.sum(deviator * strain_rate, axis=(-2, -1))
    some = squared > smallest
    nu_t = jnp.where(some, jnp.maximum(aligned, 0.0) / (2.0 * jnp.where(some, squared, 1.0)), 0.0)
    return ReynoldsStress(nu_t, deviator + 2.0 * nu_t[..., None, None] * strain_rate)


def across(deviator: Float[Array, "*cells 3 3"], strain_rate: Float[Array, "*cells 3 3"]) -> Float[Array, "*cells 3 3"]:
    """What of a stress is orthogonal to a strain rate: no eddy viscosity makes any of it.

    Args:
        deviator: A symmetric tensor.
        strain_rate: S_ij.
    """
    squared = jnp.sum(strain_rate * strain_rate, axis=(-2, -1))
    some = squared > 0.0
    share = jnp.where(some, jnp.sum(deviator * strain_rate, axis=(-2, -1)) / jnp.where(some, squared, 1.0), 0.0)
    return deviator - share[..., None, None] * strain_rate


def ramped(closure: Closure, share: Float[Array, ""] | float) -> Closure:
    """Between Boussinesq's closure (share 0) and another (1): the sum of both stresses with these shares."""
    return jax.tree_util.Partial(_blend, closure, share)


def reach_of(closure: Closure) -> int:
    """Cells along either axis up to which the equations of a cell depend on the unknowns with a closure.

    In a flow along the duct, which is what Boussinesq's closure makes, that is two: a diffusivity at a face depends on
    velocity gradients in the cells beside it, and those on the next cells. With a flow across the duct it is three,
    since the stream function is given at the corners of cells.
    """
    return 2 if isinstance(closure, jax.tree_util.Partial) and closure.func is boussinesq else 3


def _blend(closure: Closure, share: Float[Array, ""] | float, flow: MeanFlow) -> ReynoldsStress:
    whole, none = closure(flow), boussinesq(flow)
    return ReynoldsStress(
        share * whole.eddy_viscosity + (1.0 - share) * none.eddy_viscosity, share * whole.remainder + none.remainder
    )
