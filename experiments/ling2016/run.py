"""Ling, Kurzawski & Templeton (2016) on flows with a known stress, judged by the anisotropy and by the velocity.

    python experiments/ling2016/run.py --data REFERENCE --out runs/ling2016 --json rows.json

Trainings are kept: after a kill the same command goes on.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tyro
from config import CLOSED, FITTED, FREE_STREAM, HELD_OUT, JUDGED, LEFT_OUT, MET, MODELS, SEEDS, TBNN, VELOCITY
from flax import nnx
from jaxtyping import Bool
from pictures import draw
from predictors import Predict, constant, formulas, nearest_neighbours, of_network
from tables import frame_rows, judged_rows, model_rows, realizable_rows
from trusted import domain_rows, ensemble_rows
from velocities import ceiling_rows, closed_rows, judge, velocity_rows

from emulax.cli.execute import execute, show
from emulax.core.errors import InputError
from emulax.core.files import prepare_output
from emulax.core.progress import log
from emulax.data.stresses import StressFlow, check_apart, read_stress_flows, reference_folder
from emulax.models.tensor_basis import TensorBasisNetwork
from emulax.workflows.consistent import consistent_flows
from emulax.workflows.ducts import Duct, duct_of
from emulax.workflows.rows import Row
from emulax.workflows.stresses import StressModelConfig, StressNetwork, train_stress_model
from emulax.workflows.velocity_fit import VelocityFitConfig, fit_velocity

Mask = Bool[np.ndarray, " cell"]


@dataclass(frozen=True)
class Ling2016:
    """Reproduce Ling et al. (2016): anisotropies beside null models, then the velocity that they make in a duct."""

    data: Path | None = None
    """Folder of the reference data, with flows in its folder `rans`; EMULAX_REFERENCE_DATA by default."""
    out: Path = Path("runs/ling2016")
    """Directory of everything the experiment makes."""
    json: Path | None = None
    """Write the rows to this file as well."""
    seeds: tuple[int, ...] = SEEDS
    """Seeds of the trainings."""

    def run(self) -> int:
        """Train what is missing, and show all rows."""
        folder = reference_folder(self.data)
        if folder is None:
            raise InputError("--data", "is not given, and EMULAX_REFERENCE_DATA is not set", "see docs/data.md")
        started, out = time.monotonic(), prepare_output(self.out)
        flows = read_stress_flows(folder / "rans")
        train = [flow for flow in flows.values() if flow.split == "train"]
        held_out = [flows[name] for name in HELD_OUT]
        check_apart(train, held_out)
        networks = {name: self._trained(name, config, train) for name, config in MODELS.items()}
        fewer = [flow for flow in train if flow.name != LEFT_OUT]
        without = self._trained(f"tbnn-without-{LEFT_OUT}", TBNN, fewer)
        no_ducts = [flow for flow in train if flow.family != flows[JUDGED].family]
        hills = self._trained("tbnn-hills", TBNN, no_ducts)
        predictors: dict[str, list[Predict]] = {name: [formula] for name, formula in formulas().items()}
        predictors |= {name: [of_network(one) for one in trained] for name, trained in networks.items()}
        masks = [_used(flow) for flow in train]
        predictors |= {"constant": [constant(train, masks)], "neighbours": [nearest_neighbours(train, masks)]}
        rows = [
            *judged_rows(predictors, held_out, _predicts(without), flows[LEFT_OUT], _predicts(hills)),
            *model_rows(predictors, held_out),
            *frame_rows(predictors, held_out),
            *realizable_rows(predictors, held_out),
        ]
        bases, duct = _of_tensors(networks["tbnn"]), duct_of(flows[JUDGED])
        ducts = {name: duct_of(flows[name]) for name in FITTED}
        fitted = self._fitted("tbnn-fitted", bases, ducts, VELOCITY)
        met = [one for name in FITTED for one in consistent_flows(flows[name])]
        closed = self._fitted("tbnn-closed", _of_tensors(self._trained("tbnn-met", MET, train + met)), ducts, CLOSED)
        known = {"all": (train, masks), "hills": (no_ducts, [_used(flow) for flow in no_ducts])}
        judged = {
            "apriori": [judge(duct, network) for network in bases],
            "fitted": [judge(duct, network) for network in fitted],
        }
        rows += [
            *velocity_rows(duct, judged),
            *closed_rows(duct, {"apriori": bases[:1], "trained": closed}),
            *model_rows({"tbnn-fitted": _predicts(fitted)}, held_out),
            *ensemble_rows(bases, held_out),
            *domain_rows(bases[0], known, held_out),
            *ceiling_rows({name: flows[name] for name in (*FITTED, JUDGED)}),
            Row("ling2016.minutes", (time.monotonic() - started) / 60.0, "min", reason="this session alone"),
        ]
        status = show("ling2016", rows, self.json)
        draw(out / "pictures", predictors, held_out, duct, judged, flows[JUDGED])
        log.info("pictures in %s", out / "pictures")
        return status

    def _trained(self, name: str, config: StressModelConfig, flows: Sequence[StressFlow]) -> list[StressNetwork]:
        """One network a seed."""
        used = [_used(flow) for flow in flows]
        found = []
        for seed in self.seeds:
            log.info("%s, seed %d", name, seed)
            run = self.out / f"{name}-seed{seed}"
            found.append(train_stress_model(flows, config, out=run, seed=seed, used=used)[0])
        return found

    def _fitted(
        self, name: str, bases: Sequence[TensorBasisNetwork], ducts: dict[str, Duct], config: VelocityFitConfig
    ) -> list[TensorBasisNetwork]:
        """The networks of an a-priori fit, trained further through the solver."""
        found = [nnx.clone(network) for network in bases]
        for seed, network in zip(self.seeds, found, strict=True):
            log.info("%s, through the solver, seed %d", name, seed)
            fit_velocity(network, ducts, config, out=self.out / f"{name}-seed{seed}")
        return found


def _used(flow: StressFlow) -> Mask:
    """Cells that count: valid, and not in a free stream."""
    return flow.valid & (flow.true_kinetic_energy > FREE_STREAM.get(flow.name, 0.0))


def _of_tensors(networks: Sequence[StressNetwork]) -> list[TensorBasisNetwork]:
    return [network for network in networks if isinstance(network, TensorBasisNetwork)]


def _predicts(networks: Sequence[StressNetwork]) -> list[Predict]:
    return [of_network(network) for network in networks]


if __name__ == "__main__":
    sys.exit(execute(tyro.cli(Ling2016)))
