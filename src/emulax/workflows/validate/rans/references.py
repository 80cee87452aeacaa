"""Flows of the solver against direct simulations and theory."""

from __future__ import annotations

from functools import partial

import jax.numpy as jnp

from emulax.workflows.rows import Check, Limit, Row
from emulax_rans import DrivingForce, KOmegaSST, LaunderSharma, RansCase, duct_quadrant, half_channel, solve

_CHANNELS = {"547": (546.74, 20.99), "934": (933.96, 22.44), "2004": (2004.30, 24.29)}
"""Re_tau and the centre velocity in wall units of the direct simulations."""

_TOLERANCE = 0.05
_SOURCE = "del Alamo & Jimenez 2003, doi:10.1063/1.1570830; Hoyas & Jimenez 2006, doi:10.1063/1.2162185"


def checks(*, quick: bool = False) -> list[Check]:
    """The checks of this kind."""
    channels = [partial(channel, name, cells=60 if quick else 120) for name in _CHANNELS]
    others = [partial(channel_k_epsilon, name, cells=60 if quick else 120) for name in _CHANNELS]
    return [*channels, *others, partial(secondary_flow, cells=16 if quick else 32)]


def channel(name: str, *, cells: int = 120) -> Row:
    """Centre velocity of a plane channel by k-omega SST, in wall units."""
    _, reference = _CHANNELS[name]
    return Row(
        f"rans.channel{name}.centre_u_plus",
        _centre_velocity(name, KOmegaSST(), cells),
        "1",
        Limit("within", reference, round(_TOLERANCE * reference, 2)),
        reference="direct simulation",
        source=_SOURCE,
    )


def channel_k_epsilon(name: str, *, cells: int = 120) -> Row:
    """The same by the k-epsilon model of Launder and Sharma; reported only."""
    return Row(
        f"rans.channel{name}.centre_u_plus_k_epsilon",
        _centre_velocity(name, LaunderSharma(), cells),
        reference=f"direct simulation, {_CHANNELS[name][1]}",
        source=_SOURCE,
    )


def secondary_flow(*, cells: int = 32) -> Row:
    """Largest in-plane velocity of a square duct by k-omega SST: a linear closure makes none."""
    reynolds = 5000.0
    case = RansCase(duct_quadrant(cells, first=0.5 / 160.0), 2.0 / reynolds)
    flow = solve(case)
    return Row(
        "rans.duct.sst_secondary_flow",
        float(jnp.abs(flow.mean.velocity[..., 1:]).max()),
        "U",
        Limit("<=", 1e-10),
        reference="none, since normal stresses in the plane are equal",
        reason=flow.reason,
    )


def _centre_velocity(name: str, model: KOmegaSST | LaunderSharma, cells: int) -> float:
    reynolds, _ = _CHANNELS[name]
    flow = solve(RansCase(half_channel(cells, first=0.2 / reynolds), 1.0 / reynolds, DrivingForce(1.0), model))
    # At the middle the profile is even: two cells give its value there to third order.
    first, second = flow.mean.velocity[0, :2, 0]
    return float((9.0 * first - second) / 8.0) if flow.converged else float("nan")
