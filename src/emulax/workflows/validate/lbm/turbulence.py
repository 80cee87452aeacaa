"""Turbulence down to its smallest eddies: for a GPU."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial

import jax

from emulax.workflows.rows import Check, Limit, Row
from emulax_lbm import Run
from emulax_lbm.problems import (
    CHANNEL_180,
    TAYLOR_GREEN_1600,
    ChannelStatistics,
    channel,
    disturbed,
    energy_decay,
    gather_statistics,
    taylor_green_octant,
    taylor_green_start,
)

_NEEDS_A_GPU = "needs a GPU"


def checks(*, quick: bool) -> list[Check]:
    """The checks of this kind, none of which is soon done."""
    return [] if quick else [peak_dissipation, centre_velocity, u_rms_peak]


def peak_dissipation(cells: int = 256) -> Row:
    """Largest rate at which the kinetic energy of the Taylor-Green vortex falls, on `cells` along half of the box."""
    row = partial(
        Row,
        "lbm.tgv1600.peak_dissipation",
        unit="1",
        limit=Limit("within", 0.0129, 0.0004),
        source="doi 10.1016/j.jcp.2010.11.031",
    )
    expected = f"{TAYLOR_GREEN_1600.rate:g} at {TAYLOR_GREEN_1600.time:g} (van Rees et al.)"
    if _on_a_cpu():
        return row(None, reference=expected, reason=_NEEDS_A_GPU)
    velocity, pressure = taylor_green_start(cells)
    run = Run([taylor_green_octant(cells)], velocity=velocity, pressure=pressure)
    peak = energy_decay(run, until=10.0, every=0.05).peak
    return row(peak.rate, reference=f"{expected}; here at {peak.time:.2f}, {2 * cells} cells along the box")


def centre_velocity(half_height: int = 64) -> Row:
    """Mean velocity in the middle of the turbulent channel in wall units."""
    return _channel_row(
        "lbm.channel180.centre_u_plus",
        Limit("within", CHANNEL_180.centre_velocity, 0.37),
        lambda found: found.centre_velocity,
        half_height,
    )


def u_rms_peak(half_height: int = 64) -> Row:
    """Largest root mean square of the streamwise fluctuation in the turbulent channel in wall units."""
    return _channel_row(
        "lbm.channel180.u_rms_peak",
        Limit("within", 2.66, 0.08),
        lambda found: found.u_rms_peak,
        half_height,
    )


def _channel_row(name: str, limit: Limit, read: Callable[[ChannelStatistics], float], half_height: int) -> Row:
    reference = f"del Alamo & Jimenez, Re_tau {CHANNEL_180.reynolds:g}"
    row = partial(Row, name, unit="1", limit=limit, source="doi 10.1063/1.1570830")
    if _on_a_cpu():
        return row(None, reference=reference, reason=_NEEDS_A_GPU)
    found = _channel_statistics(half_height)
    return row(
        read(found),
        reference=f"{reference}; {half_height} cells in h, friction velocity {found.friction_velocity:.4f} of nominal",
    )


@lru_cache(maxsize=1)
def _channel_statistics(half_height: int) -> ChannelStatistics:
    """Both rows read the same run: 10 h / u_tau until the start is forgotten, 12 to average; box of 2 pi h by pi h."""
    case = channel(half_height, length=6.25, width=3.125)
    run = Run([case], velocity=disturbed(case))
    run.advance(10 * case.steps_per_time)
    return gather_statistics(run, time=12.0, samples=300)


def _on_a_cpu() -> bool:
    return jax.default_backend() == "cpu"
