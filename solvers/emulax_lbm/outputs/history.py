"""Forces and fields at points over time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from emulax_lbm.checks import numbers_of, require_count
from emulax_lbm.errors import CaseError
from emulax_lbm.outputs.probes import Probes
from emulax_lbm.run import Run


@dataclass(frozen=True, eq=False)
class History:
    """What was seen of a run, at equal intervals.

    Attributes:
        time: In units of D / U.
        forces: Force coefficients of the walls inside, components x, y[, z] last.
        velocity: At the points, in units of U, components last.
        pressure: At the points, `(p - p_ref) / (rho U^2)`.
    """

    time: Float[np.ndarray, " time"]
    forces: Float[np.ndarray, "time batch d"]
    velocity: Float[np.ndarray, "time batch point d"]
    pressure: Float[np.ndarray, "time batch point"]

    @property
    def interval(self) -> float:
        """Time between two looks."""
        return float(self.time[1] - self.time[0])


def record(run: Run, steps: int, *, every: int, points: Sequence[Sequence[float]] = ()) -> History:
    """Advance a run and look at it every so many steps.

        history = record(run, 100 * case.steps_per_time, every=case.steps_per_time // 40)
        lift = oscillation(history.forces[:, 0, 1], interval=history.interval)

    Args:
        run: Is `steps` further afterwards.
        steps: A multiple of `every`, twice as many or more.
        every: Steps from look to look; the first look comes after so many. A look costs about as much as 20 steps of
            the native engine.
        points: Where to look at velocity and pressure, components x, y[, z] in units of D; see `Probes`.

    Raises:
        CaseError: Steps that are no multiple of `every`, or a point outside the fluid of one of the cases.
    """
    require_count("every", every, 1)
    require_count("steps", steps, 2)
    if steps < 2 * every or steps % every:
        raise CaseError("steps", f"is {steps}, must be a multiple of every={every}, twice as many or more")
    dimensions = run.cases[0].dimensions
    nowhere = isinstance(points, Sequence) and not points
    where = np.zeros((0, dimensions)) if nowhere else numbers_of("points", points, 2)
    probes = [Probes(case.sdf, where, cells_per_length=case.cells_per_length) for case in run.cases if len(where)]
    batch = len(run.cases)
    time, forces, velocity, pressure = [], [], [], []
    for _ in range(steps // every):
        run.advance(every)
        time.append(run.time)
        forces.append(run.forces())
        if probes:
            u, p = run.velocity(), run.pressure()
            velocity.append([np.asarray(probe.vector(u[slot])) for slot, probe in enumerate(probes)])
            pressure.append([np.asarray(probe.scalar(p[slot])) for slot, probe in enumerate(probes)])
    looks = len(time)
    return History(
        time=np.array(time),
        forces=np.array(forces),
        velocity=np.array(velocity).reshape(looks, batch, len(where), dimensions),
        pressure=np.array(pressure).reshape(looks, batch, len(where)),
    )
