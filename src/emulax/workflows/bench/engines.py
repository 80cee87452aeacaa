"""Both engines on one domain, beside the machine's bandwidth and lbmpy."""

from __future__ import annotations

import statistics

from emulax.core.errors import RunError
from emulax.workflows.bench.domains import Domain
from emulax.workflows.bench.peers import run_peer
from emulax.workflows.bench.rates import REPEATS, rate
from emulax.workflows.rows import Limit, Row
from emulax_lbm import FlowCase
from emulax_lbm.engines.native import threads

_ROUNDS = 3


def engine_rows(domain: Domain, bandwidth: float, *, peers: bool) -> list[Row]:
    """Rates of both engines, the native one's share of the bandwidth (bytes a second), and its ratio to lbmpy's."""
    case = domain.case()
    native = rate(case, domain.steps, "native")
    xla = rate(case, max(10, domain.steps // 10), "xla", repeats=3)
    moved = 2 * domain.lattice.size * 4
    note = f"{domain.extent}, float32, body with interpolated walls; {moved} bytes an update"
    share = native * moved / bandwidth
    return [
        Row(f"lbm.{domain.name}.native", native / 1e6, "MLUPS", reason=note),
        Row(f"lbm.{domain.name}.native_bandwidth", share, "x", reason="of the copy bandwidth"),
        Row(f"lbm.{domain.name}.xla", xla / 1e6, "MLUPS"),
        _against_lbmpy(domain, case, peers=peers),
    ]


def _against_lbmpy(domain: Domain, case: FlowCase, *, peers: bool) -> Row:
    """The median of a few ratios, each of rates measured one after the other: a shared machine's speed changes."""
    name, limit = f"lbm.{domain.name}.vs_lbmpy", Limit(">=", 1.0)
    if not peers:
        return Row(name, None, "x", limit, reason="needs --peers")
    ratios, notes = [], []
    for _ in range(_ROUNDS):
        ours = rate(case, domain.steps, "native")
        try:
            found = run_peer(
                "lbmpy", "lbmpy_rate.py", domain.lattice.name, domain.extent, domain.steps, threads(), REPEATS
            )
        except RunError as error:
            return Row(name, None, "x", limit, reason=str(error))
        kind, best = max(found.items(), key=lambda item: item[1])
        ratios.append(ours / best)
        notes.append(f"{ours / 1e6:.0f} with walls over {best / 1e6:.0f} MLUPS without ({kind})")
    median = statistics.median_low(ratios)
    return Row(name, median, "x", limit, reason=notes[ratios.index(median)], source="lbmpy 2.0")
