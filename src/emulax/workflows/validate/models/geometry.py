"""Whether trained networks look at the shape: an operator can ignore it and have a low error all the same."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from emulax.core.progress import log
from emulax.data import load_flows
from emulax.models.sdf_flow import NETWORKS, network_config
from emulax.trust import sensitivity
from emulax.workflows.demo import MODELS, RECIPE, SIZE
from emulax.workflows.evaluate import SENSITIVITY_LIMIT
from emulax.workflows.generate import generate
from emulax.workflows.rows import Limit, Row
from emulax.workflows.runs import load_model
from emulax.workflows.train import SurrogateConfig, train
from emulax.workflows.training_data import TrainingData

SURROGATES = {name: SurrogateConfig(MODELS.get(name, network_config(name))) for name in NETWORKS}


def rows(*, recipe: str = RECIPE, size: str = SIZE) -> list[Row]:
    """Generate flows, train every network, and measure how its error rises with another shape in place of its own.

    Args:
        recipe: Name or path of a recipe.
        size: Size of the data.
    """
    limit = Limit(">=", SENSITIVITY_LIMIT)
    found = []
    with TemporaryDirectory() as folder:
        data, _ = generate(recipe, size=size, out=Path(folder) / "data")
        known, flows = TrainingData.read(data), load_flows(data, "test")
        for name, surrogate in SURROGATES.items():
            log.info("train %s", name)
            run, _ = train(known, surrogate, out=Path(folder) / name)
            measured = sensitivity(load_model(run)[1].predict, flows, seed=0)
            reason = f"rel_l2 {measured.error:.3g}, {measured.blank_ratio:.3g} times with no shape; {len(flows)} flows"
            found.append(Row(f"models.{name}.sensitivity", measured.shuffled_ratio, "x", limit, reason=reason))
    worst = min(found, key=lambda row: row.value or 0.0)
    return [*found, Row("models.sensitivity.min", worst.value, "x", limit, reason=worst.id)]
