import itertools
from dataclasses import replace

import jax.numpy as jnp
import numpy as np
import pytest

from emulax_lbm import (
    PAST_A_BODY,
    PERIODIC,
    CaseError,
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
from emulax_lbm.boundaries import Incoming, fill_ghosts
from emulax_lbm.lattices import D2Q9
from emulax_lbm.streaming import stream

SCALE = 0.1
SHAPE = (5, 6)
NAMES = ("left", "right", "bottom", "top")
CLOSED = [Edges(x, x, y, y) for x, y in itertools.product((Wall(), FreeSlip(), Periodic()), repeat=2)]


def _box(edge) -> Edges:
    return Edges(edge, edge, edge, edge)


@pytest.fixture
def f(rng):
    """Random populations, in the ghost cells too: nothing may read those before an edge has written them."""
    return tuple(jnp.asarray(p) for p in rng.normal(size=(9, 2, SHAPE[0] + 2, SHAPE[1] + 2)))


def _arrive(edges: Edges, f, inflow: float = 0.0) -> np.ndarray:
    """Populations inside the box after one streaming step."""
    speed = jnp.full((2, SHAPE[0] + 2), inflow)
    ghosts = fill_ghosts(D2Q9, edges, f, Incoming(jnp.full(2, SCALE), speed))
    return np.stack(stream(D2Q9, ghosts))[..., 1:-1, 1:-1]


def _rim(name: str) -> tuple:
    """The cells along an edge, and the axis and sign of what enters there."""
    return {
        "left": (np.s_[..., :, 0], 0, 1),
        "right": (np.s_[..., :, -1], 0, -1),
        "bottom": (np.s_[..., 0, :], 1, 1),
        "top": (np.s_[..., -1, :], 1, -1),
    }[name]


@pytest.mark.parametrize("name", NAMES)
def test_wall_sends_every_population_back_where_it_came_from(f, name):
    before, after = np.stack(f)[..., 1:-1, 1:-1], _arrive(_box(Wall()), f)
    cells, axis, sign = _rim(name)
    for i in D2Q9.entering(axis, sign):
        np.testing.assert_array_equal(after[i][cells], before[D2Q9.opposite[i]][cells])


@pytest.mark.parametrize("name", NAMES)
def test_moving_wall_adds_its_momentum(f, name):
    cells, axis, sign = _rim(name)
    sliding = Wall((0.0, 2.0) if axis == 0 else (2.0, 0.0))
    moved = _arrive(replace(_box(Wall()), **{name: sliding}), f) - _arrive(_box(Wall()), f)
    for i, c in enumerate(D2Q9.velocities):
        inner = moved[i][cells][..., 1:-1]  # corners meet two walls
        push = 6.0 * D2Q9.weights[i] * c[1 - axis] * 2.0 * SCALE if c[axis] == sign else 0.0
        np.testing.assert_allclose(inner, push, atol=1e-14)


def test_free_slip_is_a_mirror(f):
    """A box with mirror sides behaves as one half of a box twice as high that holds its own image."""
    lower = np.stack(f)[..., 1:-1, 1:-1]
    image = lower[list(D2Q9.mirrored(1))][..., ::-1, :]
    double = np.pad(np.concatenate([lower, image], axis=-2), [(0, 0)] * 2 + [(1, 1)] * 2)
    reference = fill_ghosts(
        D2Q9,
        PERIODIC,
        tuple(jnp.asarray(p) for p in double),
        Incoming(jnp.full(2, SCALE), jnp.zeros((2, double.shape[-2]))),
    )
    expected = np.stack(stream(D2Q9, reference))[..., 1 : 1 + SHAPE[0], 1:-1]
    sides = Edges(Periodic(), Periodic(), FreeSlip(), FreeSlip())
    np.testing.assert_array_equal(_arrive(sides, f), expected)


@pytest.mark.parametrize(
    "edges",
    CLOSED,
    ids=lambda e: f"{type(e.left).__name__}-{type(e.bottom).__name__}",
)
def test_closed_box_keeps_its_mass_to_the_corners(f, edges):
    before = np.stack(f)[..., 1:-1, 1:-1].sum(axis=(0, 2, 3))
    np.testing.assert_allclose(_arrive(edges, f).sum(axis=(0, 2, 3)), before, rtol=1e-13)


def test_sliding_lid_keeps_the_mass(f):
    before = np.stack(f)[..., 1:-1, 1:-1].sum(axis=(0, 2, 3))
    after = _arrive(replace(_box(Wall()), top=Wall((1.0, 0.0))), f)
    np.testing.assert_allclose(after.sum(axis=(0, 2, 3)), before, rtol=1e-13)


def test_inlet_lets_in_what_it_is_told(f):
    """Net mass through the inlet is its velocity times its height; corners belong to the sides."""
    edges = replace(PAST_A_BODY, bottom=Wall(), top=Wall())
    before, after = np.stack(f)[..., 1:-1, 1:-1], _arrive(edges, f, inflow=0.03)
    cells = np.s_[..., 1:-1, 0]
    entering = D2Q9.entering(0, 1)
    came = sum(after[i][cells] for i in entering)
    went = sum(before[D2Q9.opposite[i]][cells] for i in entering)
    np.testing.assert_allclose(came - went, 0.03, rtol=1e-13)


def _uniform(edges: Edges, direction: int) -> tuple[FlowCase, np.ndarray]:
    case = FlowCase(open_box((6, 8)), 10.0, 8, edges=edges, precision="float64")
    velocity = np.zeros((1, 6, 8, 2))
    velocity[..., direction] = 1.0
    return case, velocity


@pytest.mark.parametrize(
    ("edges", "direction"),
    [
        (Edges(Periodic(), Periodic(), FreeSlip(), FreeSlip()), 0),
        (Edges(FreeSlip(), FreeSlip(), Periodic(), Periodic()), 1),
        (PAST_A_BODY, 0),
        (replace(PAST_A_BODY, bottom=Periodic(), top=Periodic()), 0),
    ],
    ids=["free slip in y", "free slip in x", "through-flow, free slip", "through-flow, periodic"],
)
def test_uniform_flow_stays(edges, direction):
    case, velocity = _uniform(edges, direction)
    (flow,) = simulate([case], 50, velocity=velocity)
    np.testing.assert_allclose(flow.velocity, velocity[0], atol=1e-13)
    np.testing.assert_allclose(flow.pressure, 0.0, atol=1e-12)


@pytest.mark.parametrize("name", ["top", "right"])
def test_plane_couette_flow_is_exact(name):
    cells = 6
    still, turned = Wall(), name == "right"
    edges = Edges(Periodic(), Periodic(), still, Wall((1.0, 0.0)))
    if turned:
        edges = Edges(still, Wall((0.0, 1.0)), Periodic(), Periodic())
    box = open_box((3, cells) if turned else (cells, 3))
    case = FlowCase(box, 0.4, cells, edges=edges, lattice_velocity=0.01, precision="float64")
    (flow,) = simulate([case], 600)
    profile = (np.arange(cells) + 0.5) / cells
    along = flow.velocity[..., 1] if turned else flow.velocity[..., 0].T
    np.testing.assert_allclose(along, np.broadcast_to(profile, along.shape), atol=1e-10)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"left": Periodic()}, "left and right must both be periodic"),
        ({"top": Periodic()}, "bottom and top must both be periodic"),
        ({"bottom": VelocityInlet()}, "VelocityInlet cannot be the bottom edge, only left"),
        ({"left": Wall(), "right": VelocityInlet()}, "VelocityInlet cannot be the right edge"),
        ({"top": PressureOutlet()}, "PressureOutlet cannot be the top edge, only right"),
        ({"left": PressureOutlet()}, "PressureOutlet cannot be the left edge"),
        ({"right": Wall()}, "an inlet needs an outlet"),
        ({"left": Wall()}, "an outlet an inlet"),
    ],
)
def test_misplaced_edge_is_refused(changes, problem):
    with pytest.raises(CaseError, match=problem):
        replace(PAST_A_BODY, **changes)


@pytest.mark.parametrize(
    ("velocity", "problem"),
    [((1.0, 0.0, 0.0), "needs 2 components"), ((0.0, 1.0), "leads through the wall")],
)
def test_wall_must_slide_along_itself(velocity, problem):
    edges = replace(PERIODIC, bottom=Wall(), top=Wall(velocity))
    with pytest.raises(CaseError, match=f"^edges: the top wall's velocity .* {problem}"):
        FlowCase(open_box((4, 4)), 10.0, 4, edges=edges)


def test_flat_box_has_neither_back_nor_front():
    with pytest.raises(CaseError, match=r"^edges: has Wall at the back, but the box has two dimensions"):
        FlowCase(open_box((4, 4)), 10.0, 4, edges=replace(PERIODIC, back=Wall(), front=Wall()))


def test_through_flow_is_between_inlet_and_outlet():
    assert PAST_A_BODY.through_flow
    assert not PERIODIC.through_flow
