"""Laminar flows that between them use every edge, bodies, forces and all lattices: where two engines must agree."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from jaxtyping import Float

from emulax_lbm.boundaries import Edges, FreeSlip, PressureOutlet, VelocityInlet, Wall, parabolic, rotation
from emulax_lbm.case import PAST_A_BODY, PERIODIC, FlowCase, Precision
from emulax_lbm.lattices import D3Q19, D3Q27
from emulax_lbm.problems.cavity import cavity


def laminar_cases(*, precision: Precision) -> dict[str, FlowCase]:
    """The cases by name; each runs on its own."""
    circle = _ball((48, 96), (1.4, 1.5), 16)
    sphere = _ball((16, 18, 36), (1.1, 1.1, 1.0), 8)
    channel = Edges(VelocityInlet(), PressureOutlet(), Wall(), Wall())
    duct = Edges(VelocityInlet(), PressureOutlet(), FreeSlip(), FreeSlip(), Wall(), Wall((0.2, 0.1, 0.0)))
    cases = {
        "cylinder": FlowCase(circle, 20.0, 16, edges=PAST_A_BODY),
        "cylinder in a channel": FlowCase(circle, 20.0, 16, edges=channel, inflow=parabolic((48,))),
        "driven array of cylinders": FlowCase(
            circle, 20.0, 16, edges=PERIODIC, body_force=(0.1, 0.02), walls="half-way"
        ),
        "turning cylinder": FlowCase(
            circle, 20.0, 16, walls="bouzidi-quadratic", wall_velocity=rotation((48, 96), (1.5, 1.4), 16, 1.0)
        ),
        "cavity": cavity(48, 100.0),
        "sphere, D3Q19": FlowCase(sphere, 10.0, 8, edges=duct, lattice=D3Q19),
        "sphere, D3Q27": FlowCase(sphere, 10.0, 8, edges=duct, lattice=D3Q27),
    }
    return {name: replace(case, precision=precision) for name, case in cases.items()}


def _ball(shape: tuple[int, ...], centre: tuple[float, ...], cells: int) -> Float[np.ndarray, "*space"]:
    """Signed distances to a ball of diameter 1; the centre's components are in the order of the axes."""
    points = (np.indices(shape) + 0.5) / cells - np.reshape(centre, (-1, *[1] * len(shape)))
    return (np.linalg.norm(points, axis=0) - 0.5).astype(np.float32)
