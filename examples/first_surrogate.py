"""A first surrogate: generate flows, train a U-Net, measure it beside null models, predict the flow past an airfoil.

python examples/first_surrogate.py --samples 96 --epochs 40
"""

# ruff: noqa: T201 - an example shows what it found

from __future__ import annotations

from pathlib import Path

import tyro

from emulax.core.resources import folder
from emulax.training import TrainingConfig
from emulax.workflows.evaluate import Evaluation, evaluate
from emulax.workflows.generate import generate
from emulax.workflows.predict import predict
from emulax.workflows.train import SurrogateConfig, train


def main(
    out: Path = Path("runs/first"),
    *,
    recipe: str = "flow-primitives-2d",
    size: str = "demo",
    samples: int = 96,
    epochs: int = 40,
    batch_size: int = 8,
    reynolds: float = 20.0,
) -> Evaluation:
    """Generate, train, evaluate and predict.

    Args:
        out: Directory of everything.
        recipe: A shipped recipe by name, or the path of one.
        size: One of its sizes.
        samples: Number of flows.
        epochs: Passes over the training flows.
        batch_size: Flows in one step of the optimiser.
        reynolds: Reynolds number of the prediction.
    """
    # --8<-- [start:generate]
    dataset, manifest = generate(recipe, out=out / "data", size=size, samples=samples)
    for entry in manifest.samples():
        if not entry.accepted:
            print(entry.id, "rejected:", entry.reason)
    # --8<-- [end:generate]

    # --8<-- [start:train]
    surrogate = SurrogateConfig(training=TrainingConfig(epochs=epochs, batch_size=batch_size))
    run, result = train(dataset, surrogate, out=out / "unet")
    print(f"best validation loss {result.best_loss:.3g} after epoch {result.best_epoch}")
    # --8<-- [end:train]

    # --8<-- [start:evaluate]
    evaluation = evaluate([run], split="test")
    for score in evaluation.scores:
        print(f"{score.name:24} rel_l2 {score.means['rel_l2']:.4f}   wall_band {score.means['wall_band']:.4f}")
    for name, found in evaluation.sensitivities.items():
        print(f"{name} without the shape: error x {found.blank_ratio:.1f}, with another: x {found.shuffled_ratio:.1f}")
    # --8<-- [end:evaluate]

    # --8<-- [start:predict]
    prediction = predict(run, folder("shapes") / "naca0012.dat", reynolds, out=out / "naca0012")
    u, v, p = prediction.fields[..., 0], prediction.fields[..., 1], prediction.fields[..., 2]
    print(f"largest |v| {abs(v).max():.2f} U, largest p {p.max():.2f} rho U^2, slowest u {u.min():.2f} U")
    print(f"{1e3 * prediction.seconds:.1f} ms; NetCDF, VTU and PNG in {prediction.directory}")
    # --8<-- [end:predict]
    return evaluation


if __name__ == "__main__":
    tyro.cli(main)
