"""How fast a case's boundaries move: nothing may be near the speed of sound."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from jaxtyping import Float

from emulax_lbm.boundaries.crossings import find_crossings, velocities_at
from emulax_lbm.boundaries.edges import Edges, Wall
from emulax_lbm.boundaries.inflow_history import InflowHistory
from emulax_lbm.lattices import Lattice


def imposed_speeds(
    lattice: Lattice,
    edges: Edges,
    sdf: Float[np.ndarray, "*space"],
    inflow: Float[np.ndarray, "*side"],
    history: InflowHistory | None,
    wall_velocity: Float[np.ndarray, "*space d"] | None,
) -> Iterator[tuple[str, str, float]]:
    """Largest speed of everything that moves: the field of the case that says so, what moves, and how fast.

    Args:
        lattice: Velocity set.
        edges: Edges of the box.
        sdf: Signed distance at the cell centres.
        inflow: Streamwise velocity at the left edge, before its history.
        history: Of the inflow.
        wall_velocity: Velocity of the walls inside at the cell centres.
    """
    peak = 1.0 if history is None else history.peak
    # At fault is what makes it faster than U.
    yield "inflow_history" if peak > 1.0 else "inflow", "the inflow", peak * float(np.max(np.abs(inflow)))
    for side, edge in edges.along(lattice.dimensions):
        if isinstance(edge, Wall):
            yield "edges", f"the {side.name} wall", float(np.linalg.norm(edge.velocity))
    if wall_velocity is not None:
        crossings = find_crossings(lattice, edges.around(sdf[None].astype(np.float64)))
        for velocity in velocities_at(lattice, edges, crossings, wall_velocity[None]):
            yield "wall_velocity", "a wall inside", float(np.max(np.linalg.norm(velocity, axis=-1), initial=0.0))
