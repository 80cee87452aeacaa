from dataclasses import replace

import numpy as np
import pytest

from emulax_lbm import (
    Edges,
    FlowCase,
    FreeSlip,
    Periodic,
    PressureOutlet,
    VelocityInlet,
    Wall,
    open_box,
    simulate,
)


def test_inflow_that_varies_along_the_inlet_does_not_drag_the_fluid_along_it():
    """Plane Couette flow comes in as it is; what is left falls with the lattice velocity."""
    u = (np.arange(6) + 0.5) / 6
    edges = Edges(VelocityInlet(), PressureOutlet(), Wall(), Wall((1.0, 0.0)))
    case = FlowCase(open_box((6, 6)), 0.12, 6, edges=edges, inflow=u, lattice_velocity=0.002, precision="float64")
    (flow,) = simulate([case], 1_000, engine="xla")
    np.testing.assert_allclose(flow.velocity[..., 1], 0.0, atol=2e-4)
    np.testing.assert_allclose(flow.velocity[..., 0], np.broadcast_to(u[:, None], (6, 6)), atol=2e-4)


@pytest.mark.native
def test_engines_let_in_the_same_profile(rng):
    edges = Edges(VelocityInlet(), PressureOutlet(), FreeSlip(), Wall(), Periodic(), Periodic())
    case = FlowCase(
        open_box((5, 6, 7)), 2.0, 4, edges=edges, inflow=1.0 + 0.1 * rng.normal(size=(5, 6)), precision="float64"
    )
    (xla,), (native,) = (simulate([case], 5, engine=engine) for engine in ("xla", "native"))
    np.testing.assert_allclose(native.velocity, xla.velocity, atol=1e-13)


def test_profile_goes_on_across_a_periodic_edge(rng):
    """Moved along the inlet, it makes the moved flow."""
    u = 1.0 + 0.1 * rng.normal(size=6)
    edges = Edges(VelocityInlet(), PressureOutlet(), Periodic(), Periodic())
    case = FlowCase(open_box((6, 7)), 2.0, 4, edges=edges, inflow=u, precision="float64")
    flow, moved = simulate([case, replace(case, inflow=np.roll(u, 3))], 5, engine="xla")
    np.testing.assert_allclose(moved.velocity, np.roll(flow.velocity, 3, axis=0), atol=1e-14)
