"""A vortex street: forces on a cylinder over time, the Strouhal number, and a picture of the vorticity.

python examples/vortex_street.py --cells 20 --out vortex-street.png
"""

# ruff: noqa: T201 - an example shows what it found

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import tyro

from emulax_lbm import FlowCase, Run
from emulax_lbm.outputs import FlowStatistics, History, Oscillation, Surface, oscillation, record, vorticity

matplotlib.use("Agg")


class Street(NamedTuple):
    """What is found: the run where it ended, what was seen of it, and its forces over whole periods."""

    run: Run
    history: History
    drag: Oscillation
    lift: Oscillation


# --8<-- [start:case]
def cylinder(cells: int, reynolds: float = 100.0) -> FlowCase:
    """A cylinder in a free stream, a little off the middle so that the wake soon leaves its symmetry."""
    shape = (8 * cells, 18 * cells)
    y, x = (np.indices(shape) + 0.5) / cells
    sdf = np.hypot(x - 4.0, y - 4.05) - 0.5
    return FlowCase(sdf.astype(np.float32), reynolds, cells, lattice_velocity=0.05)


# --8<-- [end:case]


# --8<-- [start:watch]
def watch(case: FlowCase, start: int = 80, length: int = 40) -> Street:
    """Let the street grow for `start` D/U, then look at the forces ten times in each D/U."""
    run = Run([case])
    every = case.steps_per_time // 10
    run.advance(10 * every * start)
    history = record(run, 10 * every * length, every=every)
    drag, lift = history.forces[:, 0].T
    return Street(
        run,
        history,
        oscillation(drag, interval=history.interval, timed_by=lift),
        oscillation(lift, interval=history.interval),
    )


# --8<-- [end:watch]


# --8<-- [start:statistics]
def mean_flow(run: Run, period: float, samples: int = 32) -> FlowStatistics:
    """Mean flow and Reynolds stresses over one period."""
    statistics = FlowStatistics.empty(run.velocity())
    steps = round(period * run.cases[0].steps_per_time / samples)
    for _ in range(samples):
        run.advance(steps)
        statistics = statistics.add(run.velocity(), run.pressure())
    return statistics


# --8<-- [end:statistics]


# --8<-- [start:wall]
def friction(case: FlowCase, statistics: FlowStatistics) -> tuple[np.ndarray, np.ndarray]:
    """Points of the wall, from the rear against the clock, and the mean friction coefficient in that direction."""
    surface = Surface(case.sdf, reynolds=case.reynolds, cells_per_length=case.cells_per_length)
    x, y = np.asarray(surface.friction_coefficient(statistics.mean_velocity[0])).T
    return surface.points, y * surface.normals[:, 0] - x * surface.normals[:, 1]


# --8<-- [end:wall]


# --8<-- [start:restart]
def go_on(run: Run, path: Path) -> Run:
    """The same run, by way of a file."""
    run.save(path)
    return Run.restore(path, run.cases)


# --8<-- [end:restart]


# --8<-- [start:picture]
def picture(street: Street, path: Path) -> None:
    """Draw the vorticity, and the lift that tells how often vortices leave."""
    (case,) = street.run.cases
    turning = vorticity(street.run.velocity()[0], case.sdf, cells_per_length=case.cells_per_length)
    height, width = (cells / case.cells_per_length for cells in case.sdf.shape)
    figure, (above, below) = plt.subplots(2, figsize=(9.0, 5.8), height_ratios=(3, 1), layout="constrained")
    shown = above.imshow(
        np.where(case.sdf > 0.0, turning, np.nan),
        "RdBu_r",
        vmin=-3,
        vmax=3,
        origin="lower",
        extent=(0, width, 0, height),
    )
    above.set(xlabel="x / D", ylabel="y / D")
    figure.colorbar(shown, label="vorticity D / U", shrink=0.8)
    below.plot(street.history.time, street.history.forces[:, 0, 1])
    below.set(xlabel="t U / D", ylabel="lift", title=f"Strouhal number {street.lift.strouhal_number:.4f}")
    figure.savefig(path, dpi=100)
    plt.close(figure)


# --8<-- [end:picture]


def main(cells: int = 20, out: Path = Path("vortex-street.png")) -> Street:
    """Run, print and draw.

    Args:
        cells: Cells in the cylinder's diameter, 10 or more.
        out: Where the picture goes.
    """
    # --8<-- [start:print]
    street = watch(cylinder(cells))
    print(f"Strouhal number {street.lift.strouhal_number:.4f}, from {street.lift.periods} periods")
    print(f"drag {street.drag.mean:.3f}, between {street.drag.minimum:.3f} and {street.drag.maximum:.3f}")
    print(f"lift between {street.lift.minimum:.3f} and {street.lift.maximum:.3f}")
    # --8<-- [end:print]
    picture(street, out)
    return street


if __name__ == "__main__":
    tyro.cli(main)
