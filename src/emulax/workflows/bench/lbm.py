"""The solver's speed: its engines against each other, against other codes, and against the machine's bandwidth."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass, replace
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np

from emulax.core.errors import RunError
from emulax.core.progress import progress
from emulax.workflows.bench.peers.environment import run_peer
from emulax.workflows.rows import Limit, Row
from emulax_lbm import D2Q9, D3Q19, PAST_A_BODY, FlowCase, FreeSlip, Lattice, simulate
from emulax_lbm.engines import Engine, advance
from emulax_lbm.engines.native import threads
from emulax_lbm.setup import common_setup, initial_state, parameters_of

REPEATS = 5


@dataclass(frozen=True)
class Domain:
    """A box with a body in it, uniform inflow and free-slip sides.

    Args:
        name: Part of the rows' ids.
        shape: Cells `([z,] y, x)`.
        cells_per_length: Cells in the body's diameter.
        steps: Steps timed at once.
        lattice: Velocity set.
    """

    name: str
    shape: tuple[int, ...]
    cells_per_length: int
    steps: int
    lattice: Lattice = D2Q9

    def case(self) -> FlowCase:
        """Past a ball (a cylinder in two dimensions) with interpolated walls, single precision."""
        points = np.indices(self.shape, np.float32) + 0.5
        centre = np.array([*(0.5 * n for n in self.shape[:-1]), 0.3 * self.shape[-1]]) + 0.3
        distance = np.sqrt(sum((x - c) ** 2 for x, c in zip(points, centre, strict=True))) / self.cells_per_length - 0.5
        edges = PAST_A_BODY if len(self.shape) == 2 else replace(PAST_A_BODY, back=FreeSlip(), front=FreeSlip())
        return FlowCase(distance.astype(np.float32), 20.0, self.cells_per_length, edges=edges, lattice=self.lattice)

    @property
    def extent(self) -> str:
        """The shape as x by y [by z]."""
        return "x".join(map(str, reversed(self.shape)))


DOMAINS = (
    Domain("d2q9_256", (128, 256), 24, 2000),
    Domain("d2q9_512", (512, 512), 32, 400),
    Domain("d2q9_2048x1024", (1024, 2048), 64, 50),
    Domain("d3q19_128", (128, 128, 128), 24, 20, D3Q19),
)
SMALL = Domain("d2q9_256x128", (128, 256), 24, 200)
ENSEMBLE = 64


def bench_lbm(*, peers: bool = False) -> list[Row]:
    """Measure the solver's speed.

    Args:
        peers: Also install and measure other codes, in environments of their own.

    Returns:
        The rows; rates are warm medians, and ratios are taken within this run.
    """
    bandwidth = copy_bandwidth()
    rows = [Row("bench.copy_bandwidth", bandwidth / 1e9, "GB/s", reason=f"{threads()} threads, 256 MiB")]
    with progress("bench lbm", len(DOMAINS) + 2, "domains") as tick:
        for done, domain in enumerate(DOMAINS, start=1):
            rows += _domain_rows(domain, bandwidth, peers=peers)
            tick(done, domain.name)
        rows += _ensemble_rows()
        tick(len(DOMAINS) + 1, "ensemble")
        rows += _memory_rows()
        tick(len(DOMAINS) + 2, "memory")
    return rows


def rate(case: FlowCase, steps: int, engine: Engine, *, count: int = 1, repeats: int = REPEATS) -> float:
    """Cell updates a second of `count` equal cases: warm, blocked until ready, median."""
    setup = common_setup([case] * count)
    parameters = parameters_of([case] * count, setup)
    state = initial_state(setup, parameters, np.stack([case.inflow_velocity()] * count))
    seconds = []
    for _ in range(1 + repeats):
        start = time.perf_counter()
        state = jax.block_until_ready(advance(engine, setup, parameters, state, jnp.int32(steps)))
        seconds.append(time.perf_counter() - start)
    return count * case.sdf.size * steps / statistics.median(seconds[1:])


def copy_bandwidth(megabytes: int = 256, repeats: int = REPEATS) -> float:
    """Bytes a second that copying an array of this size on this device reads and writes."""
    values = jnp.zeros(megabytes * 2**18, jnp.float32)
    copy = jax.jit(lambda x: x + jnp.float32(1.0))
    seconds = []
    for _ in range(1 + repeats):
        start = time.perf_counter()
        jax.block_until_ready(copy(values))
        seconds.append(time.perf_counter() - start)
    return 2 * values.nbytes / statistics.median(seconds[1:])


def _domain_rows(domain: Domain, bandwidth: float, *, peers: bool) -> list[Row]:
    case = domain.case()
    native = rate(case, domain.steps, "native")
    xla = rate(case, max(10, domain.steps // 10), "xla", repeats=3)
    moved = 2 * domain.lattice.size * 4
    note = f"{domain.extent}, float32, body with interpolated walls; {moved} bytes an update"
    share = native * moved / bandwidth
    rows = [
        Row(f"lbm.{domain.name}.native", native / 1e6, "MLUPS", reason=note),
        Row(f"lbm.{domain.name}.native_bandwidth", share, "x", reason="of the copy bandwidth"),
        Row(f"lbm.{domain.name}.xla", xla / 1e6, "MLUPS"),
    ]
    name = f"lbm.{domain.name}.vs_lbmpy"
    if not peers:
        return [*rows, Row(name, None, "x", Limit(">=", 1.0), reason="needs --peers")]
    try:
        found = run_peer("lbmpy", "lbmpy_rate.py", domain.lattice.name, domain.extent, domain.steps, threads(), REPEATS)
    except RunError as error:
        return [*rows, Row(name, None, "x", Limit(">=", 1.0), reason=str(error))]
    kind, best = max(found.items(), key=lambda item: item[1])
    again = rate(case, domain.steps, "native")
    ours = statistics.mean((native, again))  # before and after
    note = f"{ours / 1e6:.0f} with walls over {best / 1e6:.0f} MLUPS without ({kind})"
    return [*rows, Row(name, ours / best, "x", Limit(">=", 1.0), reason=note, source="lbmpy 2.0")]


def _ensemble_rows() -> list[Row]:
    """Many small cases against one domain with as many cells."""
    ny, nx = SMALL.shape
    whole = Domain("whole", (8 * ny, 8 * nx), SMALL.cells_per_length, 40)
    one = rate(whole.case(), whole.steps, "native")
    many = rate(SMALL.case(), SMALL.steps, "native", count=ENSEMBLE)
    note = f"{many / 1e6:.0f} over {one / 1e6:.0f} MLUPS; {ENSEMBLE} cases of {SMALL.extent} against {whole.extent}"
    return [Row("lbm.ensemble64.rate_ratio", many / one, "x", Limit(">=", 0.9), reason=note)]


def _memory_rows(warm: int = 50, count: int = 1000) -> list[Row]:
    """Growth of the resident memory over many runs in one process."""
    case = replace(Domain("tiny", (32, 64), 8, 1).case(), reynolds=10.0)
    for _ in range(warm):
        simulate([case], 2)
    before = _resident()
    for _ in range(count - warm):
        simulate([case], 2)
    growth = 100.0 * (_resident() / before - 1.0)
    note = f"{before / 2**20:.0f} MiB after {warm} cases, then {count - warm} more"
    return [Row("lbm.memory_growth_1000", growth, "%", Limit("<=", 2.0), reason=note)]


def _resident() -> float:
    return float(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * 4096.0
