import dataclasses
from collections.abc import Callable

import numpy as np
import pytest

from emulax.data import Certificates, FlowData
from emulax.datagen import solve_flows
from emulax.geometry import PrimitiveSampler
from emulax_lbm import SteadyOptions

ROWS, COLUMNS, CELLS_PER_LENGTH = 16, 32, 8


def _potential_flow(x: float, y: float, radius: float, reynolds: float) -> tuple[np.ndarray, np.ndarray]:
    """SDF and channels u, v, p of potential flow past a circle, `u - i v = 1 - (radius / z)^2`, slowed down to zero at
    the wall over a boundary layer that thins with the Reynolds number.
    """
    py, px = (np.indices((ROWS, COLUMNS)) + 0.5) / CELLS_PER_LENGTH
    z = (px - x) + 1j * (py - y)
    sdf = np.abs(z) - radius
    velocity = (1 - (radius / np.where(sdf > 0, z, 1)) ** 2) * np.tanh(sdf * np.sqrt(reynolds) / 2)
    fields = np.stack([velocity.real, -velocity.imag, (1 - np.abs(velocity) ** 2) / 2], axis=-1)
    return sdf.astype(np.float32), np.where(sdf[..., None] > 0, fields, 0).astype(np.float32)


def _make_family(count: int, *, seed: int = 0) -> FlowData:
    """Flows past circles of random place and size at random Reynolds numbers."""
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(1.2, 1.8, count), rng.uniform(0.8, 1.2, count)
    radius, reynolds = rng.uniform(0.4, 0.6, count), rng.uniform(5, 30, count)
    cases = [_potential_flow(*case) for case in zip(x, y, radius, reynolds, strict=True)]
    sdf, fields = (np.stack(arrays) for arrays in zip(*cases, strict=True))
    number, truth = np.ones(count, np.float32), np.ones(count, bool)
    return FlowData(
        sample_id=np.array([f"s{seed}-{i}" for i in range(count)]),
        geometry_id=np.array([f"circle-{seed}-{i}" for i in range(count)]),
        geometry=np.array(["{}"] * count),
        sdf=sdf,
        mask=sdf > 0,
        reynolds=reynolds.astype(np.float32),
        inflow=np.ones((count, sdf.shape[1]), np.float32),
        height=2 * radius.astype(np.float32),
        length=2 * radius.astype(np.float32),
        velocity=fields[..., :2],
        pressure=fields[..., 2],
        drag_coefficient=number,
        lift_coefficient=number,
        certificate=Certificates(
            *(number, number, number, number, number),
            *(np.ones(count, np.int32), truth, truth, np.array([""] * count)),
            *(number, number),
        ),
        cells_per_length=CELLS_PER_LENGTH,
    )


@pytest.fixture
def make_family() -> Callable[..., FlowData]:
    return _make_family


@pytest.fixture(scope="session")
def train() -> FlowData:
    return _make_family(64, seed=1)


@pytest.fixture(scope="session")
def test() -> FlowData:
    return _make_family(16, seed=2)


@pytest.fixture(scope="session")
def solved() -> FlowData:
    """The solver's flows past an inclined box and a triangle, steady."""
    sampler = PrimitiveSampler(domain=(6.0, 4.0), height=(0.9, 1.0), max_length=3.0, centre_x=(0.4, 0.45))
    boxes = dataclasses.replace(sampler, kinds=("box",))
    triangles = dataclasses.replace(sampler, kinds=("polygon",), sides=(3, 3))
    shapes = [boxes.sample(0, 0), triangles.sample(0, 1)]
    options = SteadyOptions(batch=2, coarse_start=False, max_time=40.0)
    return solve_flows(shapes, [8.0, 12.0], grid=(32, 48), cells_per_length=8, options=options)
