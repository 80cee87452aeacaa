"""Many small cases against one alone and one as large as all."""

from __future__ import annotations

from dataclasses import replace

from emulax.workflows.bench.domains import Domain
from emulax.workflows.bench.rates import rate
from emulax.workflows.rows import Limit, Row


def ensemble_rows(small: Domain, side: int = 8) -> list[Row]:
    """Rate of `side` times `side` small domains over that of one alone or of one with as many cells, the faster."""
    count = side**2
    whole = replace(small, shape=tuple(side * n for n in small.shape))
    many = rate(small.case(), small.steps, "native", count=count)
    single = {domain.extent: rate(domain.case(), small.steps, "native") for domain in (small, whole)}
    fastest = max(single, key=lambda extent: single[extent])
    rates = ", ".join(f"one {extent} {found / 1e6:.0f}" for extent, found in single.items())
    note = f"{count} cases of {small.extent} {many / 1e6:.0f} MLUPS, {rates}"
    return [Row(f"lbm.ensemble{count}.rate_ratio", many / single[fastest], "x", Limit(">=", 0.9), reason=note)]
