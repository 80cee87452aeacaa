"""Flows between the turbulence model's and the true one: what a model meets when it looks at its own flow."""

from __future__ import annotations

from emulax.core.errors import InputError, RunError
from emulax.data.stresses import StressFlow
from emulax.workflows.ducts import Duct, duct_of, true_stress_of, with_model_flow
from emulax_rans import ReynoldsStress, solve_turbulence, solve_velocity


def consistent_flows(flow: StressFlow, shares: tuple[float, ...] = (0.5, 1.0)) -> list[StressFlow]:
    """What mixtures of the turbulence model's stress and the true one make of a duct; the truth is the same in all.

    The velocity is what the mixture balances, and the turbulence model's scales are those that it has in that velocity
    with that stress. With the whole of the true stress it is the flow that a perfect closure would see.

    Args:
        flow: A duct of the data.
        shares: Shares of the true stress, from 0 to 1.

    Raises:
        InputError: The flow is no duct, or a share is not between 0 and 1.
        RunError: A solve did not converge.
    """
    if not all(0.0 <= share <= 1.0 for share in shares):
        raise InputError("shares", f"are {shares}, must be between 0 and 1")
    duct = duct_of(flow)
    return [_consistent(flow, duct, share) for share in shares]


def _consistent(flow: StressFlow, duct: Duct, share: float) -> StressFlow:
    truth = true_stress_of(duct)
    viscosity = share * truth.eddy_viscosity + (1.0 - share) * duct.model_flow.eddy_viscosity
    stress = ReynoldsStress(viscosity, share * truth.remainder)
    velocity = solve_velocity(duct.case, stress)
    solved = solve_turbulence(duct.case, velocity, stress)
    for step in (velocity, solved):
        if not step.converged:
            raise RunError(f"{flow.name} with a share {share:g} of the true stress: {step.reason}")
    return with_model_flow(flow, solved.mean, f"{flow.name}-{share:g}")
