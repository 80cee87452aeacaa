"""The flow solver alone: an ensemble past two cylinders, and the drag of the cylinder-in-a-channel benchmark.

python examples/solver.py --cells 20
"""

# ruff: noqa: T201 - an example shows what it found

from __future__ import annotations

import numpy as np
import tyro

from emulax_lbm import (
    Edges,
    Flow,
    FlowCase,
    PressureOutlet,
    SteadyOptions,
    VelocityInlet,
    Wall,
    parabolic,
    simulate_steady,
)


# --8<-- [start:sdf]
def cylinder(shape: tuple[int, int], cells: int, *, centre: tuple[float, float], diameter: float = 1.0) -> np.ndarray:
    """Signed distance of a cylinder at the cell centres, positive in fluid, in units of D."""
    y, x = (np.indices(shape) + 0.5) / cells
    return (np.hypot(x - centre[0], y - centre[1]) - diameter / 2).astype(np.float32)


# --8<-- [end:sdf]


# --8<-- [start:ensemble]
def ensemble(cells: int = 16) -> list[Flow]:
    """Two bodies at two Reynolds numbers in a free stream, advanced together."""
    shape = (4 * cells, 8 * cells)
    large = cylinder(shape, cells, centre=(2.4, 2.0))
    small = cylinder(shape, cells, centre=(2.4, 2.0), diameter=0.6)
    cases = [FlowCase(sdf, reynolds, cells) for sdf in (large, small) for reynolds in (10.0, 20.0)]
    return simulate_steady(cases)


# --8<-- [end:ensemble]


# --8<-- [start:channel]
def channel(cells: int = 20) -> Flow:
    """Benchmark 2D-1 of Schaefer and Turek: a cylinder in a channel, Reynolds number 20."""
    shape = (round(4.1 * cells), 22 * cells)
    case = FlowCase(
        cylinder(shape, cells, centre=(2.0, 2.0)),
        20.0,
        cells,
        edges=Edges(left=VelocityInlet(), right=PressureOutlet(), bottom=Wall(), top=Wall()),
        inflow=parabolic(shape[:1]),
        lattice_velocity=0.05,
    )
    options = SteadyOptions(tolerance=1e-5, force_tolerance=1e-5, max_time=200.0)
    (flow,) = simulate_steady([case], options)
    return flow


# --8<-- [end:channel]


def main(cells: int = 20) -> None:
    """Run both and print what they found.

    Args:
        cells: Cells in the cylinder's diameter, a multiple of ten.
    """
    # --8<-- [start:print]
    for flow in ensemble(cells):
        trusted = "accepted" if flow.certificate.accepted else flow.certificate.reason
        print(f"drag {flow.drag_coefficient:.3f}, {flow.certificate.steps} steps, {trusted}")
    found = channel(cells)
    print(f"channel: drag {found.drag_coefficient:.3f}, reference 5.5795")
    # --8<-- [end:print]


if __name__ == "__main__":
    tyro.cli(main)
