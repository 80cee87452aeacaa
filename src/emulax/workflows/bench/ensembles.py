"""Many small cases against one large one."""

from __future__ import annotations

from dataclasses import replace

from emulax.workflows.bench.domains import Domain
from emulax.workflows.bench.rates import rate
from emulax.workflows.rows import Limit, Row


def ensemble_rows(small: Domain, side: int = 8) -> list[Row]:
    """Rate of `side` times `side` small domains over that of one with as many cells, of the same proportions."""
    count = side**2
    steps = max(2, small.steps // 10)
    whole = replace(small, shape=tuple(side * n for n in small.shape))
    one = rate(whole.case(), max(2, steps // 5), "native")
    many = rate(small.case(), steps, "native", count=count)
    note = f"{many / 1e6:.0f} over {one / 1e6:.0f} MLUPS; {count} cases of {small.extent} against {whole.extent}"
    return [Row(f"lbm.ensemble{count}.rate_ratio", many / one, "x", Limit(">=", 0.9), reason=note)]
