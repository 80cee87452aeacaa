"""The certificate of a run: what its data can be trusted for."""

from __future__ import annotations

import math
from dataclasses import dataclass

MACH_LIMIT = 0.4
"""Largest local Mach number. The steady incompressible model has no error of Mach^2; stability sets this limit."""

MASS_LIMIT = 1e-3
"""Largest mass drift."""

FORCE_LIMIT = 1e-2
"""Largest force imbalance of a flow that is meant to be steady."""

STEADY = 1e-4
"""Default largest residual of a steady flow."""


@dataclass(frozen=True)
class Certificate:
    """Measured properties of one run.

    Attributes:
        mach_max: Largest |u| over the speed of sound, at the last step.
        mass_drift: Through-flow: rate of change of the mass over the inflow, at the end. Closed or periodic
            box: relative change of mass since the start.
        residual: ||u(t) - u(t - D/U)|| / ||u|| over fluid cells, or over the whole run where it is shorter.
        relaxation_time: In steps.
        force_imbalance: |force on the walls - momentum that enters the box| over |force|, at the last step; zero
            without walls inside.
        steps: Steps taken on this grid.
        converged: Whether the steady criterion was met.
        accepted: Whether the run may serve as data.
        reason: Why not; empty when accepted.
        velocity_error: Estimated discretisation error ||u_h - u|| / ||u|| over fluid cells, where a grid pair was asked
            for and both its flows are steady; None otherwise.
        drag_error: The same of the drag; also None without walls inside.
    """

    mach_max: float
    mass_drift: float
    residual: float
    relaxation_time: float
    force_imbalance: float
    steps: int
    converged: bool
    accepted: bool
    reason: str
    velocity_error: float | None = None
    drag_error: float | None = None


def certify(
    *,
    mach_max: float,
    mass_drift: float,
    residual: float,
    relaxation_time: float,
    force_imbalance: float,
    steps: int,
    converged: bool,
    must_converge: bool,
) -> Certificate:
    """Judge a run; `must_converge` says whether it was meant to become steady, so that forces must balance too."""
    numbers = {
        "mach_max": mach_max,
        "mass_drift": mass_drift,
        "residual": residual,
        "force_imbalance": force_imbalance,
    }
    limits = {"mach_max": MACH_LIMIT, "mass_drift": MASS_LIMIT}
    if must_converge:
        limits["force_imbalance"] = FORCE_LIMIT
    reasons = [f"{name} {numbers[name]:.2g} above {limit:g}" for name, limit in limits.items() if numbers[name] > limit]
    if not all(math.isfinite(value) for value in numbers.values()):
        reasons = [f"diverged before step {steps}"]
    elif must_converge and not converged:
        reasons.insert(0, f"not steady after {steps} steps (residual {residual:.2g})")
    return Certificate(
        **numbers,
        relaxation_time=relaxation_time,
        steps=steps,
        converged=converged,
        accepted=not reasons,
        reason="; ".join(reasons),
    )
