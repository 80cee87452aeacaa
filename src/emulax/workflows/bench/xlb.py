"""Both engines against XLB, which runs on JAX as well."""

from __future__ import annotations

from emulax.core.errors import RunError
from emulax.workflows.bench.domains import Domain
from emulax.workflows.bench.peers import run_peer
from emulax.workflows.bench.rates import REPEATS, rate
from emulax.workflows.rows import Limit, Row
from emulax_lbm.engines import Engine
from emulax_lbm.engines.native import threads


def xlb_rows(domain: Domain, *, peers: bool) -> list[Row]:
    """Ratios of both engines, with walls and forces, to XLB without."""
    sought: list[tuple[Engine, str, Limit]] = [
        ("native", f"lbm.{domain.name}.vs_xlb", Limit(">=", 30.0)),
        ("xla", f"lbm.{domain.name}.xla_vs_xlb", Limit(">=", 5.0)),
    ]
    reason, best, kind = "needs --peers", None, ""
    if peers:
        try:
            found = run_peer("xlb", "xlb_rate.py", domain.extent, max(2, domain.steps // 5), threads(), REPEATS)
            kind, best = max(found.items(), key=lambda item: item[1])
        except RunError as error:
            reason = str(error)
    if best is None:
        return [Row(name, None, "x", limit, reason=reason) for _, name, limit in sought]
    rows = []
    for engine, name, limit in sought:
        ours = rate(domain.case(), domain.steps, engine)
        note = f"{ours / 1e6:.0f} with walls over {best / 1e6:.1f} MLUPS without ({kind}), {domain.extent}"
        rows.append(Row(name, ours / best, "x", limit, reason=note, source="XLB 0.3.1"))
    return rows
