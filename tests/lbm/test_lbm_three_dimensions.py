import itertools
from dataclasses import replace

import jax.numpy as jnp
import numpy as np
import pytest

from emulax_lbm import (
    D2Q9,
    D3Q19,
    D3Q27,
    PAST_A_BODY,
    CaseError,
    Edges,
    FlowCase,
    FreeSlip,
    Periodic,
    SteadyOptions,
    Wall,
    open_box,
    simulate,
    simulate_steady,
)
from emulax_lbm.boundaries import Incoming, fill_ghosts
from emulax_lbm.problems import ball
from emulax_lbm.streaming import stream

BOTH = pytest.mark.parametrize("lattice", [D3Q19, D3Q27], ids=lambda lattice: lattice.name)
INSIDE = (..., slice(1, -1), slice(1, -1), slice(1, -1))
CLOSED = [
    Edges(x, x, y, y, z, z)
    for x, y, z in itertools.product((Wall(), FreeSlip(), Periodic()), repeat=3)
    if len({type(x), type(y), type(z)}) > 1
]


@BOTH
def test_flow_that_does_not_depend_on_z_is_the_flat_one(lattice, circle_sdf):
    """Both sets become D2Q9 when their populations are summed over z."""
    flat = FlowCase(circle_sdf((2.0, 1.4)), 10.0, 8, precision="float64")
    deep = replace(flat, sdf=np.repeat(flat.sdf[None], 3, axis=0), lattice=lattice)
    (expected,), (found,) = simulate([flat], 120), simulate([deep], 120)
    for layer in range(3):
        np.testing.assert_allclose(found.velocity[layer, ..., :2], expected.velocity, atol=1e-12)
        np.testing.assert_allclose(found.pressure[layer], expected.pressure, atol=1e-11)
    np.testing.assert_allclose(found.velocity[..., 2], 0.0, atol=1e-13)
    assert found.drag_coefficient == pytest.approx(expected.drag_coefficient * 3 / 8, rel=1e-10)
    assert found.lift_coefficient == pytest.approx(expected.lift_coefficient * 3 / 8, rel=1e-8)


@BOTH
def test_y_and_z_are_alike(lattice):
    """Turning body, edges and force about the stream turns the flow."""
    sdf = ball((20, 16, 24), (1.2, 1.0, 1.1), 8)
    sides = {"bottom": Wall((0.2, 0.0, 0.3)), "top": FreeSlip(), "back": FreeSlip(), "front": Wall()}
    turned = {"back": Wall((0.2, 0.3, 0.0)), "front": FreeSlip(), "bottom": FreeSlip(), "top": Wall()}
    case = FlowCase(sdf, 10.0, 8, edges=replace(PAST_A_BODY, **sides), lattice=lattice, precision="float64")
    other = replace(case, sdf=sdf.swapaxes(0, 1), edges=replace(PAST_A_BODY, **turned))
    (one,) = simulate([replace(case, body_force=(0.0, 0.2, 0.1))], 40)
    (two,) = simulate([replace(other, body_force=(0.0, 0.1, 0.2))], 40)
    np.testing.assert_allclose(two.velocity.swapaxes(0, 1)[..., [0, 2, 1]], one.velocity, atol=1e-13)
    np.testing.assert_allclose(two.pressure.swapaxes(0, 1), one.pressure, atol=1e-12)
    assert np.abs(one.velocity[..., 1:]).max() > 0.01


@BOTH
@pytest.mark.parametrize("edges", CLOSED, ids=lambda e: "-".join(type(x).__name__ for x in (e.left, e.bottom, e.back)))
def test_closed_box_keeps_its_mass_to_the_corners(lattice, edges, rng):
    f = tuple(jnp.asarray(p) for p in rng.normal(size=(lattice.size, 2, 5, 6, 7)))
    filled = fill_ghosts(lattice, edges, f, Incoming(jnp.ones(2), jnp.zeros((2, 5, 6))))
    after = np.stack(stream(lattice, filled))[INSIDE]
    before = np.stack(f)[INSIDE]
    np.testing.assert_allclose(after.sum(axis=(0, 2, 3, 4)), before.sum(axis=(0, 2, 3, 4)), rtol=1e-12)


@BOTH
def test_wall_sends_every_population_back_where_it_came_from(lattice, rng):
    f = tuple(jnp.asarray(p) for p in rng.normal(size=(lattice.size, 1, 5, 6, 7)))
    edges = Edges(*[Wall()] * 6)
    filled = fill_ghosts(lattice, edges, f, Incoming(jnp.ones(1), jnp.zeros((1, 5, 6))))
    after, before = np.stack(stream(lattice, filled))[INSIDE], np.stack(f)[INSIDE]
    for axis, sign in itertools.product(range(3), (1, -1)):
        cells = (slice(None), *[slice(None)] * (2 - axis), 0 if sign > 0 else -1)
        for i in lattice.entering(axis, sign):
            np.testing.assert_array_equal(after[i][cells], before[lattice.opposite[i]][cells])


def test_steady_flow_past_a_ball_balances_its_forces():
    case = FlowCase(ball((24, 24, 32), (1.4, 1.5, 1.5), 8), 10.0, 8)
    slip = replace(PAST_A_BODY, back=FreeSlip(), front=FreeSlip())
    options = SteadyOptions(tolerance=1e-3, force_tolerance=2e-3, coarse_start=False)
    (flow,) = simulate_steady([replace(case, edges=slip)], options)
    assert flow.certificate.accepted, flow.certificate.reason
    assert flow.drag_coefficient > 0.0
    np.testing.assert_allclose(flow.velocity[::-1, ..., 0], flow.velocity[..., 0], atol=1e-5)


def test_lattice_of_another_dimension_is_refused():
    with pytest.raises(CaseError, match=r"^lattice: is D2Q9, but the box has 3 dimensions"):
        FlowCase(open_box((4, 4, 4)), 10.0, 4, lattice=D2Q9)


def test_force_with_too_few_components_is_refused():
    with pytest.raises(CaseError, match=r"^body_force: is .*, must be empty or a tuple of 3 finite"):
        FlowCase(open_box((4, 4, 4)), 10.0, 4, body_force=(0.1, 0.0))
