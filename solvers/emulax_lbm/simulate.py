"""Running cases for a given number of steps."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from emulax_lbm.case import FlowCase
from emulax_lbm.certificate import STEADY, Certificate, certify
from emulax_lbm.checks import require_count
from emulax_lbm.engines import Engine, EngineName
from emulax_lbm.lattices.lattice import CS, CS2
from emulax_lbm.monitor import Monitor
from emulax_lbm.run import Run
from emulax_lbm.setup import Parameters, Setup, State, fields, require_cases


@dataclass(frozen=True, eq=False)
class Flow:
    """The fields of one case and what was measured on it.

    Attributes:
        velocity: In units of U, `[z] y x d`; zero in solid cells.
        pressure: `(p - p_ref) / (rho U^2)`, `[z] y x`; zero in solid cells.
        drag_coefficient: Streamwise force on the walls inside over rho U^2 D / 2 (in three dimensions over
            rho U^2 D^2 / 2), by momentum exchange.
        lift_coefficient: The same across the stream.
        moment_coefficient: Moment of this force about the case's `moment_centre` over rho U^2 D^2 / 2 (in three
            dimensions over rho U^2 D^3 / 2): z, positive from x towards y, or x, y, z.
        time: In units of D / U.
        engine: What computed it.
        certificate: What the data can be trusted for.
    """

    velocity: Float[np.ndarray, "*space d"]
    pressure: Float[np.ndarray, "*space"]
    drag_coefficient: float
    lift_coefficient: float
    moment_coefficient: Float[np.ndarray, " m"]
    time: float
    engine: Engine
    certificate: Certificate


def simulate(
    cases: Sequence[FlowCase],
    steps: int,
    *,
    velocity: Float[np.ndarray, "batch ... d"] | None = None,
    pressure: Float[np.ndarray, "batch ..."] | None = None,
    engine: EngineName = "auto",
) -> list[Flow]:
    """Advance cases by `steps` steps from the given fields.

    A case that diverges disturbs no other; its certificate says so.

    Args:
        cases: Cases that share box, edges, walls, precision, resolution and lattice velocity.
        steps: Number of steps, at least 2.
        velocity: Initial velocity in units of U; the inflow (or rest) when None.
        pressure: Initial pressure in units of rho U^2; zero when None.
        engine: `xla`, `native`, or `auto`: native where it can run.

    Raises:
        CaseError: Fewer than two steps, or as for a `Run`.
    """
    require_cases(cases)
    require_count("steps", steps, 2)
    if not cases:
        return []
    run = Run(cases, velocity=velocity, pressure=pressure, engine=engine)
    mass = _mass(run)
    window = min(cases[0].steps_per_time, steps)
    if steps > window:
        run.advance(steps - window)
    looked = on_host(run.look(window))
    drift = (_mass(run) - mass) / np.array([np.sum(case.sdf > 0.0) for case in cases])
    return [
        flow_of(
            run.engine,
            run.setup,
            (run.parameters, run.state),
            looked,
            slot,
            case,
            steps=steps,
            converged=bool(looked.residual[slot] < STEADY),
            must_converge=False,
            mass_drift=None if run.setup.edges.through_flow else abs(float(drift[slot])),
        )
        for slot, case in enumerate(cases)
    ]


@np.errstate(invalid="ignore", over="ignore")
def flow_of(
    engine: Engine,
    setup: Setup,
    on_device: tuple[Parameters, State],
    monitor: Monitor,
    slot: int,
    case: FlowCase,
    *,
    steps: int,
    converged: bool,
    must_converge: bool,
    mass_drift: float | None = None,
) -> Flow:
    """Copy one case off the device into the user's units; without a `mass_drift` it is the net inflow's.

    A case that has diverged has fields like any other, with values that are not finite.
    """
    velocity, r = (np.asarray(value)[0] for value in fields(setup, *_alone(on_device, jnp.int32(slot))))
    scale = case.velocity_scale
    force = monitor.force[slot]
    net_inflow = abs(float(monitor.mass_in[slot])) / (scale * math.prod(case.sdf.shape[:-1]))
    push = np.array(case.body_force or (0.0,) * case.dimensions) * (scale**2 / case.cells_per_length)
    supplied = monitor.momentum_in[slot] + push * np.sum(case.sdf > 0.0)
    force_size = float(np.linalg.norm(force))
    certificate = certify(
        mach_max=float(monitor.speed_max[slot]) / CS,
        mass_drift=net_inflow if mass_drift is None else mass_drift,
        residual=float(monitor.residual[slot]),
        relaxation_time=case.relaxation_time,
        force_imbalance=float(np.linalg.norm(supplied - force)) / force_size if force_size > 0.0 else 0.0,
        steps=steps,
        converged=converged,
        must_converge=must_converge,
    )
    dtype = np.dtype(case.precision)
    return Flow(
        velocity=(velocity / scale).astype(dtype),
        pressure=(r * (CS2 / scale**2)).astype(dtype),
        drag_coefficient=float(force[0]) / case.force_scale,
        lift_coefficient=float(force[1]) / case.force_scale,
        moment_coefficient=np.asarray(monitor.moment[slot], np.float64) / case.moment_scale,
        time=steps * scale / case.cells_per_length,
        engine=engine,
        certificate=certificate,
    )


@jax.jit
def _alone(on_device: tuple[Parameters, State], slot: jax.Array) -> tuple[Parameters, State]:
    return jax.tree.map(lambda leaf: jax.lax.dynamic_index_in_dim(leaf, slot), on_device)


def on_host(monitor: Monitor) -> Monitor:
    """Copy what was looked at off the device, in float64."""
    return jax.tree.map(lambda value: np.asarray(value, np.float64), monitor)


@np.errstate(invalid="ignore", over="ignore")
def _mass(run: Run) -> np.ndarray:
    """Sum of the density deviation over fluid cells, in float64 whatever the precision of the run."""
    _, r = fields(run.setup, run.parameters, run.state)
    return np.asarray(r, np.float64).reshape(len(r), -1).sum(axis=1)
