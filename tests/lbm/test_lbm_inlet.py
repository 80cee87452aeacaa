"""How flow enters."""

from dataclasses import replace

import jax.numpy as jnp
import numpy as np
import pytest

from emulax_lbm import (
    D2Q9,
    D3Q19,
    D3Q27,
    PAST_A_BODY,
    Edges,
    FlowCase,
    FreeSlip,
    Periodic,
    PressureOutlet,
    Run,
    VelocityInlet,
    Wall,
    open_box,
    parabolic,
)
from emulax_lbm.boundaries import Incoming, fill_ghosts
from emulax_lbm.moments import equilibrium
from emulax_lbm.streaming import stream

SLIPPERY = replace(PAST_A_BODY, back=FreeSlip(), front=FreeSlip())
PERIODIC_SIDES = Edges(VelocityInlet(), PressureOutlet(), Periodic(), Periodic())


@pytest.mark.parametrize("edges", [SLIPPERY, PERIODIC_SIDES], ids=["free slip", "periodic"])
@pytest.mark.parametrize("lattice", [D2Q9, D3Q19, D3Q27], ids=lambda lattice: lattice.name)
def test_just_the_inflow_enters_whatever_the_populations(lattice, edges, rng):
    shape = (5, 6, 7)[3 - lattice.dimensions :]
    f = tuple(jnp.asarray(0.1 * p) for p in rng.normal(size=(lattice.size, 1, *(n + 2 for n in shape))))
    inflow = edges.around_inlet(0.05 * rng.normal(size=(1, *shape[:-1])))
    filled = fill_ghosts(lattice, edges, f, Incoming(jnp.full(1, 0.1), jnp.asarray(inflow)))
    column = (..., *[slice(1, -1)] * (lattice.dimensions - 1), 1)
    came = sum(float(jnp.sum(p[column])) for i, p in enumerate(stream(lattice, filled)) if i in lattice.entering(0, 1))
    went = sum(float(jnp.sum(f[i][column])) for i in lattice.entering(0, -1))
    entered = inflow[(0, *[slice(1, -1)] * (lattice.dimensions - 1))].sum()
    assert came - went == pytest.approx(entered, abs=1e-12)


def test_flow_goes_on_beyond_the_plane_of_the_inlet():
    """Equilibrium whose velocity is linear across the plane arrives as if there were no inlet."""
    here, plane = (0.05, 0.02), 0.06
    r, zero = jnp.zeros((1, 6, 8)), jnp.zeros((1, 6, 8))
    f = equilibrium(D2Q9, r, (zero + here[0], zero + here[1]))
    filled = fill_ghosts(D2Q9, PERIODIC_SIDES, f, Incoming(jnp.full(1, 0.1), jnp.full((1, 6), plane)))
    beyond = equilibrium(D2Q9, r, (zero + 2.0 * plane - here[0], zero - here[1]))
    # As many populations have to leave the ghost as make up the inflow: the rest is density, of the second order.
    ghost = np.stack([filled[i][0, 3, 0] - beyond[i][0, 3, 0] for i in D2Q9.entering(0, 1)])
    weights = np.array([D2Q9.weights[i] for i in D2Q9.entering(0, 1)])
    np.testing.assert_allclose(ghost / weights, np.full(3, ghost[0] / weights[0]), rtol=1e-9)
    assert abs(ghost[0] / weights[0]) < 10 * plane**2


def test_developed_flow_enters_undisturbed():
    """Half-way bounce-back with the inflow's momentum is off by 0.13 U in the first cells."""
    cells = 8
    profile = parabolic((cells,))
    edges = Edges(VelocityInlet(), PressureOutlet(), Wall(), Wall())
    case = FlowCase(open_box((cells, 2 * cells)), 20.0, cells, edges=edges, inflow=profile, precision="float64")
    run = Run([case], engine="xla")
    run.advance(2000)
    error = np.abs(np.asarray(run.velocity())[0] - np.stack([profile, 0.0 * profile], axis=-1)[:, None])
    assert error.max() < 0.02


def test_profile_goes_on_across_periodic_edges_and_stays_at_others():
    profile = np.array([[1.0, 2.0, 3.0]])
    np.testing.assert_array_equal(PERIODIC_SIDES.around_inlet(profile), [[3.0, 1.0, 2.0, 3.0, 1.0]])
    np.testing.assert_array_equal(PAST_A_BODY.around_inlet(profile), [[1.0, 1.0, 2.0, 3.0, 3.0]])
    sides = Edges(VelocityInlet(), PressureOutlet(), Wall(), Wall(), Periodic(), Periodic())
    deep = np.arange(6.0).reshape(1, 2, 3)
    np.testing.assert_array_equal(sides.around_inlet(deep)[0, :, 0], [3.0, 0.0, 3.0, 0.0])
    np.testing.assert_array_equal(sides.around_inlet(deep)[0, 1], [0.0, 0.0, 1.0, 2.0, 2.0])
