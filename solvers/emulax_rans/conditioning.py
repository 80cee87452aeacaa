"""How much a mean velocity makes of an error in the Reynolds stress.

    K(x) = |G(x, .)| |div tau| / U

bounds the relative error of the velocity at x over that of the stress's divergence, in root mean squares over the
section: G is Green's function of the equation for the streamwise velocity, with the driving force kept. What of the
stress is an eddy viscosity belongs to the operator, and makes it stiffer.

Source: Wu, Xiao, Sun & Wang 2019, doi:10.1017/jfm.2019.205.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from emulax_rans import momentum
from emulax_rans.case import RansCase
from emulax_rans.equations import MomentumEquations
from emulax_rans.mean_flow import ReynoldsStress
from emulax_rans.solve import MeanVelocity


def local_condition_number(case: RansCase, flow: MeanVelocity, stress: ReynoldsStress) -> Float[Array, "z y"]:
    """Wu's condition number at the cells; its matrix is dense, for sections of some thousand cells.

    Args:
        case: The case.
        flow: A flow of this case, whose in-plane velocity carries the streamwise one.
        stress: The stress as it is split.
    """
    equations = MomentumEquations(case)
    grid, velocity = equations.grid, equations.velocity(flow.unknowns)
    implicit = ReynoldsStress(stress.eddy_viscosity, jnp.zeros_like(stress.remainder))
    none = ReynoldsStress(jnp.zeros_like(stress.eddy_viscosity), implicit.remainder)

    def lost(u: Float[Array, "z y"], of: ReynoldsStress) -> Float[Array, "z y"]:
        return momentum.streamwise(grid, velocity._replace(u=u), of, case.viscosity)

    operator = jax.jacfwd(lost)(velocity.u, implicit).reshape(velocity.u.size, -1)
    force = lost(velocity.u, stress) - lost(velocity.u, none)
    area = jnp.asarray(np.ravel(case.section.area))
    # Green's function is the inverse over the area of the cell where the force acts.
    green = jnp.sqrt((jnp.linalg.inv(operator) ** 2 / area[None]).sum(1))
    size = jnp.sqrt((area * force.ravel() ** 2).sum())
    bulk = (area * velocity.u.ravel()).sum() / area.sum()
    return (green * size / bulk).reshape(velocity.u.shape)
