"""One tiny dataset and one tiny run, made once, that every workflow test reads."""

from __future__ import annotations

from pathlib import Path

import pytest

from emulax.models.sdf_flow import UNetConfig
from emulax.training import TrainingConfig
from emulax.workflows.generate import generate
from emulax.workflows.train import SurrogateConfig, train

RECIPE = """
name = "tiny"
seed = 9
reynolds = [5.0, 20.0]
[primitives]
[splits]
train = 0.4
validation = 0.2
test = 0.4
[sizes.small]
samples = 12
grid = [32, 64]
cells_per_length = 8
samples_per_shard = 6
"""


@pytest.fixture(scope="session")
def recipe(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("recipe") / "recipe.toml"
    path.write_text(RECIPE)
    return path


@pytest.fixture(scope="session")
def dataset(recipe, tmp_path_factory) -> Path:
    directory, _ = generate(str(recipe), out=tmp_path_factory.mktemp("data") / "tiny")
    return directory


@pytest.fixture(scope="session")
def run(dataset, tmp_path_factory) -> Path:
    surrogate = SurrogateConfig(
        UNetConfig(widths=(8, 8), blocks=1, mixing_heads=0),
        training=TrainingConfig(epochs=2, batch_size=2, checkpoint_every=1),
    )
    directory, _ = train(dataset, surrogate, out=tmp_path_factory.mktemp("runs") / "unet")
    return directory
