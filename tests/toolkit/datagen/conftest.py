import dataclasses
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from emulax.datagen import Recipe, generate_dataset
from emulax.geometry import PrimitiveSampler
from emulax_lbm import SteadyOptions


def _tiny(**changes: Any) -> Recipe:
    """Three flows past circles in two shards, steady soon enough for a test."""
    recipe = Recipe(
        name="tiny",
        samples=3,
        grid=(32, 64),
        cells_per_length=8,
        reynolds=(5.0, 10.0),
        seed=5,
        samples_per_shard=2,
        shapes=PrimitiveSampler(kinds=("circle",)),
        steady=SteadyOptions(tolerance=2e-3, force_tolerance=0.01, max_time=20.0, batch=2, coarse_start=False),
    )
    return dataclasses.replace(recipe, **changes)


@pytest.fixture(scope="session")
def tiny() -> Callable[..., Recipe]:
    return _tiny


@pytest.fixture(scope="session")
def generated(tmp_path_factory) -> Path:
    """The tiny dataset, generated without interruption; not to be changed."""
    directory = tmp_path_factory.mktemp("generated") / "tiny"
    generate_dataset(_tiny(), directory)
    return directory


@pytest.fixture
def copy(generated, tmp_path) -> Path:
    """A copy of the tiny dataset, to be spoilt."""
    return shutil.copytree(generated, tmp_path / "copy")
