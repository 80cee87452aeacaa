"""Was a flow steady when it was called steady? One in fifty runs on until it has run three times as long."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from emulax.core.files import write_text
from emulax.data import FlowData
from emulax.trust import flow_cases
from emulax_lbm import simulate

RERUN_NAME = "rerun.json"
EVERY = 50
LONGER = 3
VELOCITY_LIMIT = 1e-3
DRAG_LIMIT = 2e-3


@dataclass(frozen=True)
class Rerun:
    """How far one flow still moved.

    Attributes:
        sample_id: The flow.
        velocity: ||u(3 t) - u(t)|| / ||u(3 t)|| over fluid cells.
        drag: Relative change of the drag.
    """

    sample_id: str
    velocity: float
    drag: float

    @property
    def steady(self) -> bool:
        """Whether both changes are within the limits."""
        return self.velocity <= VELOCITY_LIMIT and self.drag <= DRAG_LIMIT


def rerun(flows: FlowData, every: int = EVERY) -> list[Rerun]:
    """Run every `every`-th flow on from where it was found steady, and compare.

    All run on for twice the time of the longest, so each has run at least three times as long as it did.

    Args:
        flows: Accepted flows.
        every: Which of them; fewer flows than this give none.
    """
    some = flows.take(np.arange(every - 1, len(flows), every))
    if not len(some):
        return []
    later = simulate(
        flow_cases(some.inputs, cells_per_length=some.cells_per_length),
        (LONGER - 1) * int(some.certificate.steps.max()),
        velocity=some.velocity,
        pressure=some.pressure,
    )
    return [
        Rerun(
            str(sample),
            float(np.linalg.norm(flow.velocity - velocity) / np.linalg.norm(flow.velocity)),
            abs(float(drag) / flow.drag_coefficient - 1.0),
        )
        for sample, velocity, drag, flow in zip(
            some.sample_id, some.velocity, some.drag_coefficient, later, strict=True
        )
    ]


def write_reruns(directory: Path, found: list[Rerun]) -> None:
    """Write what was found beside the shards."""
    write_text(directory / RERUN_NAME, json.dumps([asdict(one) for one in found], indent=1) + "\n")


def read_reruns(directory: Path) -> list[Rerun] | None:
    """What was found, or None if nobody has looked."""
    path = directory / RERUN_NAME
    return [Rerun(**one) for one in json.loads(path.read_text(encoding="utf-8"))] if path.is_file() else None
