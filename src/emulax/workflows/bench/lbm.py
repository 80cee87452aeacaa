"""The solver's speed: its engines against each other, against other codes, and against the machine's bandwidth."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from emulax.core.errors import RunError
from emulax.core.progress import progress
from emulax.workflows.bench.domains import AGAINST_XLB, DOMAINS
from emulax.workflows.bench.engines import engine_rows
from emulax.workflows.bench.ensembles import ensemble_rows
from emulax.workflows.bench.gradient import gradient_rows
from emulax.workflows.bench.memory import memory_rows
from emulax.workflows.bench.rates import copy_bandwidth
from emulax.workflows.bench.xlb import xlb_rows
from emulax.workflows.rows import Row
from emulax_lbm import common_setup
from emulax_lbm.engines import why_not_native
from emulax_lbm.engines.native import threads


def bench_lbm(*, peers: bool = False) -> list[Row]:
    """Measure the solver's speed.

    Args:
        peers: Also install and measure other codes, in environments of their own.

    Returns:
        The rows; rates are warm medians, and ratios are taken within this run.

    Raises:
        RunError: There is no native engine to measure.
    """
    if reason := why_not_native(common_setup([DOMAINS[0].case()])):
        raise RunError(f"the native engine cannot be measured: {reason}")
    bandwidth = copy_bandwidth()
    rows = [Row("bench.copy_bandwidth", bandwidth / 1e9, "GB/s", reason=f"{threads()} threads")]
    measurements = _measurements(bandwidth, peers=peers)
    with progress("bench lbm", len(measurements), "measurements") as tick:
        for done, (name, measure) in enumerate(measurements.items(), start=1):
            rows += measure()
            tick(done, name)
    return rows


def _measurements(bandwidth: float, *, peers: bool) -> dict[str, Callable[[], list[Row]]]:
    """What is measured after the bandwidth, in order."""
    return {
        **{domain.name: partial(engine_rows, domain, bandwidth, peers=peers) for domain in DOMAINS},
        AGAINST_XLB.name: partial(xlb_rows, AGAINST_XLB, peers=peers),
        "ensemble": partial(ensemble_rows, DOMAINS[0]),
        "gradient": partial(gradient_rows, DOMAINS[0]),
        "memory": memory_rows,
    }
