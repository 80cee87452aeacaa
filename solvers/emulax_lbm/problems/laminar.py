"""Laminar flows that between them use every edge, walls, forces and all lattices: where two engines must agree.

Their boxes have odd sizes, which no vector length divides.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from emulax_lbm.boundaries import Edges, FreeSlip, PressureOutlet, VelocityInlet, Wall, parabolic, rotation
from emulax_lbm.case import PERIODIC, FlowCase, Precision, open_box
from emulax_lbm.collision import BGK, TRT
from emulax_lbm.lattices import D3Q19, D3Q27
from emulax_lbm.problems.ball import ball


def laminar_cases(*, precision: Precision) -> dict[str, FlowCase]:
    """The cases by name; each runs on its own."""
    cylinder = FlowCase(ball((40, 75), (1.5, 1.25), 16), 20.0, 16)
    channel = Edges(VelocityInlet(), PressureOutlet(), Wall(), Wall((0.3, 0.0)))
    across_the_edge = np.roll(cylinder.sdf, 20, axis=0)
    lid = Edges(Wall(), Wall(), Wall(), Wall((1.0, 0.0)))
    duct = Edges(VelocityInlet(), PressureOutlet(), FreeSlip(), FreeSlip(), Wall(), Wall((0.2, 0.1, 0.0)))
    sphere = FlowCase(ball((14, 18, 33), (1.2, 1.1, 0.9), 8), 10.0, 8, edges=duct, lattice=D3Q19)
    cases = {
        "cylinder": cylinder,
        "half-way cylinder": replace(cylinder, walls="half-way"),
        "cylinder in a channel": replace(cylinder, edges=channel, inflow=parabolic((40,))),
        "driven cylinders": replace(
            cylinder, sdf=across_the_edge, edges=PERIODIC, body_force=(0.1, 0.02), walls="bouzidi-quadratic"
        ),
        "turning cylinder": replace(cylinder, wall_velocity=rotation((40, 75), (1.5, 1.25), 16, 1.0)),
        "turning sphere, quadratic": replace(
            sphere,
            walls="bouzidi-quadratic",
            wall_velocity=rotation((14, 18, 33), (1.2, 1.1, 0.9), 8, (0.3, -0.5, 1.0)),
        ),
        "cavity, BGK": FlowCase(open_box((33, 45)), 100.0, 33, edges=lid, collision=BGK()),
        "sphere, D3Q19": sphere,
        "driven sphere, D3Q27": replace(sphere, lattice=D3Q27, body_force=(0.1, 0.0, -0.2), collision=TRT(0.25)),
    }
    return {name: replace(case, precision=precision) for name, case in cases.items()}
