"""What models are trained on: read once from a dataset, for any number of trainings."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from emulax.core.errors import InputError
from emulax.data import FlowData, Manifest, Normalisation, load_flows
from emulax.trust import TrainedDomain
from emulax.workflows.runs import dataset_directory

FALSE_ALARMS = 0.05
"""Share of flows like the training flows that a run may call out of distribution."""


@dataclass(frozen=True, eq=False)
class TrainingData:
    """Flows to train on and flows to validate with, and what follows from them alone.

    Args:
        directory: Directory of the dataset.
        manifest: What the dataset says of itself.
        flows: What is trained on.
        held_out: What tells the best weights.
    """

    directory: Path
    manifest: Manifest
    flows: FlowData
    held_out: FlowData

    @staticmethod
    def read(dataset: str | Path) -> TrainingData:
        """All training and validation flows of a dataset.

        Args:
            dataset: Directory of a dataset, or the name of one generated to its usual place.

        Raises:
            InputError: No such dataset, a damaged one, or one without training or validation flows.
        """
        directory = dataset_directory(dataset)
        flows, held_out = (load_flows(directory, split) for split in ("train", "validation"))
        return TrainingData(directory, Manifest.read(directory), flows, held_out)

    def first(self, samples: int | None) -> TrainingData:
        """The first training flows, as many as said; all when None.

        Raises:
            InputError: There are not as many.
        """
        if samples is None or samples == len(self.flows):
            return self
        if not 1 <= samples <= len(self.flows):
            raise InputError(
                "samples", f"is {samples}, must be 1 to {len(self.flows)}, the training flows of {self.directory}"
            )
        return replace(self, flows=self.flows.take(slice(samples)))

    @cached_property
    def normalisation(self) -> Normalisation:
        """Scales of the training flows."""
        return Normalisation.of(self.flows)

    @cached_property
    def domain(self) -> TrainedDomain:
        """What the training flows are like; few held-out flows allow no low rate of false alarms."""
        rate = max(FALSE_ALARMS, 1.0 / (len(self.held_out) + 1))
        return TrainedDomain.fit(
            self.flows.inputs,
            self.held_out.inputs,
            cells_per_length=self.flows.cells_per_length,
            false_alarms=rate,
        )
