from collections.abc import Callable

import numpy as np
import pytest

from emulax.data import Certificates, FlowData, Manifest, ShardEntry, SplitFractions, write_shard

ROWS, COLUMNS = 6, 10


def _make_flows(
    count: int = 3, *, first: int = 0, accepted: bool = True, space: tuple[int, ...] = (ROWS, COLUMNS)
) -> FlowData:
    """Random fields with the schema's shapes and dtypes; every number depends on the sample's own seed alone."""
    samples = range(first, first + count)

    def draw(*shape: int) -> np.ndarray:
        return np.stack([np.random.default_rng([i, len(shape)]).random(shape, dtype=np.float32) for i in samples])

    sdf = draw(*space) - np.float32(0.3)
    mask = sdf > 0
    return FlowData(
        sample_id=np.array([f"s{i:04d}" for i in samples]),
        geometry_id=np.array([f"shape-{i // 2}" for i in samples]),
        geometry=np.array([f'{{"kind": "circle", "radius": {10**i}}}' for i in samples]),
        sdf=sdf,
        mask=mask,
        reynolds=5 + 25 * draw(),
        inflow=1 + draw(*space[:-1]),
        height=1 + draw(),
        length=1 + draw(),
        velocity=draw(*space, len(space)) * mask[..., None],
        pressure=draw(*space) * mask,
        drag_coefficient=draw(),
        lift_coefficient=draw(),
        certificate=Certificates(
            mach_max=draw(),
            mass_drift=draw(),
            residual=draw(),
            relaxation_time=draw(),
            force_imbalance=draw(),
            steps=np.arange(count, dtype=np.int32),
            converged=np.full(count, accepted),
            accepted=np.full(count, accepted),
            reason=np.array(["" if accepted else "not steady"] * count),
            velocity_error=draw(),
            drag_error=np.full(count, np.nan, np.float32),
        ),
        cells_per_length=4,
    )


@pytest.fixture
def make_flows() -> Callable[..., FlowData]:
    return _make_flows


@pytest.fixture
def dataset(tmp_path):
    """A dataset directory of three shards, the second one of rejected samples."""
    entries = []
    for number, accepted in enumerate((True, False, True)):
        flows = _make_flows(4, first=4 * number, accepted=accepted)
        name = f"shard-{number:05d}.nc"
        entries.append(ShardEntry.of(name, write_shard(tmp_path / name, flows), flows, SplitFractions(0.5, 0.25, 0.25)))
    Manifest("toy", {"count": 12}, 7, "0.1.0", {"threads": 1}, tuple(entries)).write(tmp_path)
    return tmp_path
