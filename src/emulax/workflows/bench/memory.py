"""Memory that many runs in one process do not give back."""

from __future__ import annotations

import os
from pathlib import Path

from emulax.workflows.bench.domains import Domain
from emulax.workflows.rows import Limit, Row
from emulax_lbm import simulate


def memory_rows(warm: int = 50, count: int = 1000) -> list[Row]:
    """Growth of the resident memory from run `warm` to run `count`."""
    case = Domain("tiny", (32, 64), 8).case(reynolds=10.0)
    for _ in range(warm):
        simulate([case], 2)
    before = _resident()
    for _ in range(count - warm):
        simulate([case], 2)
    growth = 100.0 * (_resident() / before - 1.0)
    note = f"{before / 2**20:.0f} MiB after {warm} cases, then {count - warm} more"
    return [Row(f"lbm.memory_growth_{count}", growth, "%", Limit("<=", 2.0), reason=note)]


def _resident() -> float:
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    return float(pages) * os.sysconf("SC_PAGE_SIZE")
