import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from emulax.data import Certificates, FlowData, Manifest, ShardEntry, SplitFractions
from emulax.report import DatasetSheet, Examples, ModelSheet, ReportContent, Timing, VerifiedShape
from emulax.trust import Score, Sensitivity

ROWS, COLUMNS, CELLS_PER_LENGTH = 16, 32, 8
REASONS = (
    "not steady after 900 steps (residual 0.2)",
    "not steady after 900 steps (residual 0.1); mach_max 0.5 above 0.4",
)


def _make_flows(count: int = 12, *, accepted: bool = True) -> FlowData:
    """Uniform flow that slows down towards circles in the middle of the box; a little noise of the sample's own."""
    y, x = (np.indices((ROWS, COLUMNS), dtype=np.float32) + 0.5) / CELLS_PER_LENGTH
    radius = np.linspace(0.4, 0.6, count, dtype=np.float32)
    sdf = np.hypot(x - 1.5, y - 1.0).astype(np.float32) - radius[:, None, None]
    mask = sdf > 0
    noise = np.random.default_rng(0).normal(0, 0.01, (count, ROWS, COLUMNS, 3)).astype(np.float32)
    speed = np.tanh(2 * sdf)[..., None] * np.array([1.2, 0.1, 0.3], np.float32)
    fields = np.where(mask[..., None], speed + noise, 0).astype(np.float32)
    ramp = np.linspace(1, 2, count, dtype=np.float32)
    reasons = [""] * count if accepted else [REASONS[i % 2] for i in range(count)]
    return FlowData(
        sample_id=np.array([f"toy/{'a' if accepted else 'r'}{i:03d}" for i in range(count)]),
        geometry_id=np.array([f"circle-{accepted}-{i}" for i in range(count)]),
        geometry=np.array(['{"name": "circle"}'] * count),
        sdf=sdf,
        mask=mask,
        reynolds=10 * ramp,
        inflow=np.ones((count, ROWS), np.float32),
        height=2 * radius,
        length=2 * radius,
        velocity=fields[..., :2],
        pressure=fields[..., 2],
        drag_coefficient=3 * ramp,
        lift_coefficient=-0.25 * ramp,
        certificate=Certificates(
            mach_max=0.2 * ramp,
            mass_drift=1e-6 * 100 ** (ramp - 1),
            residual=1e-5 * ramp,
            relaxation_time=0.5 * ramp,
            force_imbalance=1e-3 * ramp,
            steps=np.arange(1, count + 1, dtype=np.int32) * 1000,
            converged=np.full(count, accepted),
            accepted=np.full(count, accepted),
            reason=np.array(reasons),
            velocity_error=np.full(count, np.nan, np.float32),
            drag_error=np.full(count, np.nan, np.float32),
        ),
        cells_per_length=CELLS_PER_LENGTH,
    )


def _predicted(flows: FlowData) -> np.ndarray:
    """The truth off by a factor that falls with the sample's number: the first sample is the worst."""
    factor = np.linspace(1.2, 1.01, len(flows), dtype=np.float32)
    return flows.fields * factor[:, None, None, None]


def make_score(name: str, error: float, count: int = 8) -> Score:
    """Errors around `error`, with a mean, a median and a spread of their own for every metric."""
    shape = np.linspace(0.5, 1.7, count) ** 2
    names = ("rel_l2", "pointwise", "perturbation", "wall_band", "pressure")
    return Score(name, {metric: (error * (n + 1) * shape).astype(np.float32) for n, metric in enumerate(names)})


def _make_content(**changes: Any) -> ReportContent:
    """A report with something in every section; the U-Net beats the best null model."""
    flows, rejected = _make_flows(), _make_flows(3, accepted=False)
    shard = ShardEntry.of("shard-00000.nc", "0" * 64, FlowData.concatenate([flows, rejected]), SplitFractions())
    epoch = np.arange(1.0, 7.0)
    history = {
        "epoch": epoch,
        "train_loss": 1 / epoch,
        "validation_loss": np.array([np.nan, 0.9, np.nan, 0.3, np.nan, 0.4]),
        "learning_rate": np.full(6, 1e-3),
    }
    truth = flows.take(slice(0, 1))
    content = ReportContent(
        title="Toy report",
        dataset=DatasetSheet(
            Manifest("toy", {"samples": 15, "shapes": {"sides": [3, 12]}}, 7, "0.1.0", {"threads": 2}, (shard,)), flows
        ),
        summary=("A sentence of the workflow.",),
        models=(ModelSheet("unet", 1234567, 6, 90.0, history, {"training": {"seed": 5}}),),
        scores=(
            make_score("unet", 0.04),
            make_score("guo", 0.09),
            make_score("nearest neighbour", 0.1),
            make_score("POD", 0.05),
        ),
        nulls=("nearest neighbour", "POD"),
        sensitivities={"unet": Sensitivity(0.05, 0.2, 0.16), "guo": Sensitivity(0.1, 0.4, 0.2)},
        examples=Examples("unet", flows, _predicted(flows)),
        verified=(VerifiedShape("NACA 0012", "unet", truth, _predicted(truth)[0], 2.5, 0.005, "one core"),),
        timings=(Timing("predict, batch 32", 0.64, "one core", 32), Timing("train unet", 90.0, "one core")),
        provenance={"commit": "abc", "commands": ["emulax generate toy", "emulax train unet"]},
    )
    return dataclasses.replace(content, **changes)


@pytest.fixture(scope="session")
def make_flows() -> Callable[..., FlowData]:
    return _make_flows


@pytest.fixture(scope="session")
def make_content() -> Callable[..., ReportContent]:
    return _make_content


@pytest.fixture(scope="session")
def scored() -> Callable[..., Score]:
    return make_score
