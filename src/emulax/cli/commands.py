"""One dataclass per command: its fields are the options, `run` calls the workflow and returns the exit status.

Workflows are imported when their command runs, so that `emulax --help` does not wait for what it does not need.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Literal

import tyro

from emulax.cli.execute import Command, show, show_unjudged
from emulax.core.resources import recipes

_RECIPE = f"A shipped recipe by name ({', '.join(recipes())}), or the path of one."


@dataclass(frozen=True)
class Doctor:
    """Show versions, devices and what is missing, and how to get it."""

    json: Path | None = None
    """Write the rows to this file as well."""

    def run(self) -> int:
        """Look at the environment."""
        from emulax.workflows.doctor import doctor

        return show("doctor", doctor(), self.json)


@dataclass(frozen=True)
class Generate:
    """Generate a dataset from a recipe; a killed generation goes on where it stopped."""

    recipe: Annotated[tyro.conf.Positional[str], tyro.conf.arg(help=_RECIPE)]
    out: Path | None = None
    """Directory of the dataset; data/NAME by default, or $EMULAX_DATA/NAME."""
    size: str = "small"
    """One of the recipe's sizes."""
    samples: int | None = None
    """Number of flows, or of moments of a turbulent flow, in place of the recipe's."""
    seed: int | None = None
    """Seed, in place of the recipe's."""
    allow_different: bool = False
    """Go on although versions, device or threads differ from those the dataset was begun with."""
    summary: Path | None = None
    """Write the dataset's summary (identifiers, splits, statistics) to this file."""

    def run(self) -> int:
        """Generate."""
        from emulax.workflows.generate import generate_any

        generate_any(
            self.recipe,
            out=self.out,
            size=self.size,
            samples=self.samples,
            seed=self.seed,
            allow_different=self.allow_different,
            summary=self.summary,
        )
        return 0


@dataclass(frozen=True)
class Train:
    """Train a model on a dataset; a killed training goes on where it stopped."""

    dataset: tyro.conf.Positional[str]
    """Directory of a dataset, or the name of a generated one."""
    model: str = "unet"
    """unet, guo2016, fno or transolver."""
    out: Path | None = None
    """Directory of the run; runs/MODEL by default."""
    inputs: Literal["sdf", "mask", "both"] = "sdf"
    """What the model is told of the geometry."""
    no_slip_width: float | None = None
    """Distance from the wall over which the velocity is forced to fall to zero, in units of D; off by default."""
    mirror_equivariant: bool = False
    """Give a mirrored shape exactly the mirrored flow, at twice the cost."""
    norm: Literal["relative_l2", "mean_squared"] = "relative_l2"
    """Norm of the loss."""
    wall_weight: float = 0.0
    """Additional weight of the velocity's error near walls."""
    divergence_weight: float = 0.0
    """Weight of the velocity's divergence."""
    samples: int | None = None
    """Train on this many of the training flows; on all by default."""
    epochs: int | None = None
    """Passes over the training data; what suits the model by default."""
    seed: int = 0
    """Seed of weights, order and augmentation."""

    def run(self) -> int:
        """Train."""
        from emulax.core.progress import log
        from emulax.models.sdf_flow import network_config
        from emulax.training import FlowLossConfig
        from emulax.workflows.train import SurrogateConfig, train

        surrogate = SurrogateConfig(
            network_config(self.model),
            inputs=self.inputs,
            no_slip_width=self.no_slip_width,
            mirror_equivariant=self.mirror_equivariant,
            loss=FlowLossConfig(norm=self.norm, wall_weight=self.wall_weight, divergence_weight=self.divergence_weight),
            samples=self.samples,
        )
        directory, result = train(self.dataset, surrogate, out=self.out, epochs=self.epochs, seed=self.seed)
        log.info("%s: best validation loss %.4g after epoch %d", directory, result.best_loss, result.best_epoch)
        return 0


@dataclass(frozen=True)
class Evaluate:
    """Measure trained models beside null models on held-out flows."""

    runs: Annotated[tyro.conf.Positional[tuple[Path, ...]], tyro.conf.arg(metavar="RUN [RUN ...]")]
    """Directories of runs on one dataset."""
    dataset: str | None = None
    """Directory or name of another dataset, or of the one of the training if it was moved; that one by default."""
    split: Literal["test", "validation", "train"] = "test"
    """Which flows."""
    predictions: Path | None = None
    """Write each run's predictions to a file in this directory, for `emulax score`."""
    json: Path | None = None
    """Write the rows to this file as well."""

    def run(self) -> int:
        """Evaluate."""
        from emulax.core.files import check_output
        from emulax.workflows.evaluate import evaluate, evaluation_rows, write_evaluated

        if self.predictions is not None:
            check_output(self.predictions, "--predictions")
        evaluation = evaluate(self.runs, dataset=self.dataset, split=self.split)
        if self.predictions is not None:
            write_evaluated(evaluation, self.predictions)
        return show("evaluate", evaluation_rows(evaluation), self.json)


@dataclass(frozen=True)
class Score:
    """Score a file of predictions, from whatever model, on the held-out flows of a dataset."""

    predictions: tyro.conf.Positional[Path]
    """NetCDF file with `sample`, `velocity` and `pressure`."""
    dataset: str
    """Directory of the dataset, or the name of a generated one."""
    split: Literal["test", "validation", "train"] = "test"
    """Which flows."""
    json: Path | None = None
    """Write the rows to this file as well."""

    def run(self) -> int:
        """Score."""
        from emulax.workflows.score import score

        show_unjudged("score", score(self.predictions, self.dataset, split=self.split), self.json)
        return 0


@dataclass(frozen=True)
class Predict:
    """Predict the flow past a shape; writes NetCDF, VTU (ParaView) and PNG."""

    run_directory: Annotated[tyro.conf.Positional[Path], tyro.conf.arg(metavar="RUN")]
    """Directory of a run."""
    shape: Path
    """Airfoil .dat, outline .csv, mask .png or mesh .stl."""
    reynolds: float
    """Reynolds number U D / nu."""
    out: Path | None = None
    """Output directory; RUN/predictions/SHAPE by default."""
    height: float | None = None
    """Frontal height in D; 1 by default."""
    length: float | None = None
    """Length in D, in place of the height; an airfoil's chord is 2 by default."""
    angle: float = 0.0
    """Incidence in degrees, nose up."""
    verify: bool = False
    """Run the solver as well, from the prediction, and print the error and the times."""
    strict: bool = False
    """End with status 3 if the shape is out of the distribution that the model was trained on."""
    json: Path | None = None
    """Write the rows to this file as well."""

    def run(self) -> int:
        """Predict."""
        from emulax.core.progress import log
        from emulax.workflows.predict import predict, prediction_rows

        found = predict(
            self.run_directory,
            self.shape,
            self.reynolds,
            out=self.out,
            height=self.height,
            length=self.length,
            angle=self.angle,
            verify=self.verify,
        )
        show_unjudged("predict", prediction_rows(found), self.json)
        log.info("written to %s", found.directory)
        return 3 if self.strict and found.verdicts.out_of_distribution[0] else 0


@dataclass(frozen=True)
class Report:
    """Write a self-contained HTML report of runs on one dataset."""

    runs: Annotated[tyro.conf.Positional[tuple[Path, ...]], tyro.conf.arg(metavar="RUN [RUN ...]")]
    """Directories of runs."""
    dataset: str | None = None
    """Directory or name of another dataset, or of the one of the training if it was moved; that one by default."""
    out: Path | None = None
    """The HTML file; report.html in the first run by default."""

    def run(self) -> int:
        """Report."""
        from emulax.core.progress import log
        from emulax.workflows.report import report

        log.info("written to %s", report(self.runs, dataset=self.dataset, out=self.out))
        return 0


@dataclass(frozen=True)
class Demo:
    """Generate flows, train two models, compare them with null models, verify two real shapes, write a report."""

    out: Path = Path("runs/demo")
    """Directory of everything the demo makes."""
    json: Path | None = None
    """Write the rows to this file as well."""

    def run(self) -> int:
        """Run the demo."""
        from emulax.workflows.demo import demo

        return show("demo", demo(self.out), self.json)


@dataclass(frozen=True)
class Validate:
    """Check the code against exact solutions, invariants, publications and benchmarks."""

    subject: tyro.conf.Positional[Literal["lbm", "models", "rans"]]
    """What to check."""
    quick: bool = False
    """Only the checks that are soon done, on coarser grids: half a minute instead of some minutes."""
    data: Path | None = None
    """Folder of the reference data that some rows of `rans` need; $EMULAX_REFERENCE_DATA by default."""
    json: Path | None = None
    """Write the rows to this file as well."""

    def run(self) -> int:
        """Validate."""
        from emulax.workflows.validate import validate_lbm, validate_models, validate_rans

        with_data = partial(validate_rans, data=self.data)
        validate = {"lbm": validate_lbm, "models": validate_models, "rans": with_data}[self.subject]
        return show(f"validate {self.subject}", validate(quick=self.quick), self.json)


@dataclass(frozen=True)
class Bench:
    """Measure speed, as ratios within one run."""

    subject: tyro.conf.Positional[Literal["lbm", "training"]]
    """What to measure."""
    peers: bool = False
    """Also install and measure other codes, in environments of their own."""
    json: Path | None = None
    """Write the rows to this file as well."""

    def run(self) -> int:
        """Measure."""
        from emulax.workflows.bench import bench_lbm, bench_training

        bench = {"lbm": bench_lbm, "training": bench_training}[self.subject]
        return show(f"bench {self.subject}", bench(peers=self.peers), self.json)


COMMANDS: dict[str, type[Command]] = {
    "doctor": Doctor,
    "demo": Demo,
    "generate": Generate,
    "train": Train,
    "evaluate": Evaluate,
    "score": Score,
    "predict": Predict,
    "report": Report,
    "validate": Validate,
    "bench": Bench,
}
