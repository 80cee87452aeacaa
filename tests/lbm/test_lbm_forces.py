from dataclasses import replace

import jax.numpy as jnp
import numpy as np
import pytest

from emulax_lbm import PERIODIC, Edges, FlowCase, FreeSlip, Periodic, Wall, simulate
from emulax_lbm.boundaries import fill_ghosts, find_links, reflect
from emulax_lbm.lattices import D2Q9, D3Q19
from emulax_lbm.moments import momentum
from emulax_lbm.monitor import exchanged
from emulax_lbm.problems import ball, observed_order
from emulax_lbm.setup import State, common_setup, parameters_of
from emulax_lbm.streaming import ghosts, stream

BODIES = {"inside": (1.1, 0.9), "on the left": (0.0, 0.9), "on the top": (1.1, 2.0), "in a corner": (2.25, 0.1)}


@pytest.mark.parametrize("interpolate", [True, False])
@pytest.mark.parametrize("edge", [Periodic(), FreeSlip(), Wall()], ids=lambda edge: type(edge).__name__)
@pytest.mark.parametrize("centre", BODIES.values(), ids=BODIES)
def test_body_takes_the_momentum_that_the_fluid_loses(circle_sdf, rng, interpolate, edge, centre):
    """Over one step, for any populations, wherever the body stands; edges give and take the rest."""
    sdf = circle_sdf(centre, 0.8, grid=(16, 18))
    edges, walls = Edges(edge, edge, edge, edge), "bouzidi" if interpolate else "half-way"
    case = FlowCase(sdf, 1.0, 8, edges=edges, walls=walls, precision="float64")
    setup = common_setup([case])
    parameters = parameters_of([case], setup)
    f = tuple(jnp.asarray(p) * parameters.fluid for p in rng.normal(size=(9, 1, 18, 20)))
    entered = exchanged(setup, parameters, State(f, jnp.zeros(1, jnp.int32)))[1].momentum[0]
    reflected, exchange = reflect(D2Q9, parameters.links, fill_ghosts(D2Q9, edges, f, parameters.incoming))

    def total(populations) -> np.ndarray:
        fluid = np.asarray(parameters.fluid)
        return np.array([np.sum((p * fluid)[:, 1:-1, 1:-1]) for p in momentum(D2Q9, populations)])

    gained = total(stream(D2Q9, reflected)) - total(f)
    np.testing.assert_allclose(gained, np.asarray(entered - exchange.force[0]), atol=1e-12)
    assert np.abs(exchange.force).min() > 1e-3


@pytest.mark.parametrize(("lattice", "walls"), [(D2Q9, "bouzidi-quadratic"), (D3Q19, "bouzidi")])
def test_body_takes_the_angular_momentum_that_the_fluid_loses(rng, lattice, walls):
    """Over one step, about a point less than half a box away; nothing but the body is within reach of populations."""
    dimensions = lattice.dimensions
    shape, about = (11, 12, 13)[-dimensions:], np.array([3.5, 3.0, 4.0])[:dimensions]
    sdf = ball(shape, (6.1, 5.7, 5.4)[:dimensions], 1, diameter=3.7)
    links = find_links(lattice, PERIODIC, sdf[None], walls=walls, dtype=np.dtype(np.float64), centre=about[None])
    near = np.pad(((sdf > 0.0) & (sdf < 1.0))[None], ghosts(dimensions))
    f = tuple(jnp.asarray(rng.normal(size=near.shape) * near) for _ in range(lattice.size))
    reflected, exchange = reflect(lattice, links, f)
    place = [index - 0.5 - x for index, x in zip(np.indices(near.shape)[:0:-1], about, strict=True)]

    def total(populations) -> np.ndarray:
        fluid = np.pad((sdf > 0.0)[None], ghosts(dimensions))
        u = [np.asarray(component) * fluid for component in momentum(lattice, populations)]
        planes = [(0, 1)] if dimensions == 2 else [(1, 2), (2, 0), (0, 1)]
        return np.array([np.sum(place[a] * u[b] - place[b] * u[a]) for a, b in planes])

    lost = total(f) - total(stream(lattice, reflected))
    np.testing.assert_allclose(exchange.moment[0], lost, atol=1e-11)
    assert np.abs(lost).min() > 1e-2


def test_moment_is_taken_the_short_way_round_a_periodic_box(circle_sdf, rng):
    f, moments = rng.normal(size=(9, 1, 16, 18)), []
    for shift in ((0, 0), (7, 10)):
        sdf = np.roll(circle_sdf((1.1, 0.9), 0.8, grid=(16, 18)), shift, (0, 1))
        moved = tuple(jnp.asarray(np.pad(np.roll(p, shift, (1, 2)), ghosts(2), mode="wrap")) for p in f)
        centre = np.array([(8.0 + shift[1]) % 18, (6.0 + shift[0]) % 16])
        links = find_links(D2Q9, PERIODIC, sdf[None], walls="bouzidi", dtype=np.dtype(np.float64), centre=centre[None])
        moments.append(float(reflect(D2Q9, links, moved)[1].moment[0, 0]))
    assert moments[1] == pytest.approx(moments[0], rel=1e-12)


def test_moment_about_another_point_differs_by_that_of_the_force(cylinder):
    """And is the same in the middle of the box, about which moments are unless a case says otherwise."""
    cases = [cylinder((2.0, 1.3), precision="float64", moment_centre=centre) for centre in ((), (3.0, 1.5), (2.5, 1.0))]
    middle, same, other = simulate(cases, 20)
    assert middle.moment_coefficient == same.moment_coefficient
    arm = np.array([3.0 - 2.5, 1.5 - 1.0])
    expected = arm[0] * same.lift_coefficient - arm[1] * same.drag_coefficient
    assert other.moment_coefficient[0] - same.moment_coefficient[0] == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("edge", [Periodic(), FreeSlip(), Wall()], ids=lambda edge: type(edge).__name__)
@pytest.mark.parametrize("centre", BODIES.values(), ids=BODIES)
def test_mass_is_gained_through_edges_and_at_walls_alone(circle_sdf, rng, edge, centre):
    case = FlowCase(
        circle_sdf(centre, 0.8, grid=(16, 18)), 1.0, 8, edges=Edges(edge, edge, edge, edge), precision="float64"
    )
    setup = common_setup([case])
    parameters = parameters_of([case], setup)
    f = tuple(jnp.asarray(p) * parameters.fluid for p in rng.normal(size=(9, 1, 18, 20)))
    reflected, exchange = reflect(D2Q9, parameters.links, fill_ghosts(D2Q9, case.edges, f, parameters.incoming))
    inside = parameters.fluid[:, 1:-1, 1:-1]
    before, after = (
        sum(float(jnp.sum(p[:, 1:-1, 1:-1] * inside)) for p in populations)
        for populations in (f, stream(D2Q9, reflected))
    )
    entered = float(exchanged(setup, parameters, State(f, jnp.zeros(1, jnp.int32)))[1].mass[0] + exchange.mass[0])
    assert after - before == pytest.approx(entered, abs=1e-12)
    assert abs(float(exchange.mass[0])) > 1e-3


def test_flow_past_a_body_across_a_periodic_edge_is_the_shifted_flow(array):
    cases, flows = array
    shifted = [replace(case, sdf=np.roll(case.sdf, (8, 5), (0, 1))) for case in cases]
    for flow, moved in zip(flows, simulate(shifted, 800), strict=True):
        np.testing.assert_allclose(moved.velocity, np.roll(flow.velocity, (8, 5), (0, 1)), atol=1e-12)
        assert moved.drag_coefficient == pytest.approx(flow.drag_coefficient, rel=1e-9, abs=1e-9)


def test_half_a_body_on_a_plane_of_symmetry_has_half_the_drag(circle_sdf):
    whole = FlowCase(circle_sdf((2.0, 1.5)), 10.0, 8, precision="float64")
    half = replace(whole, sdf=whole.sdf[12:])
    (one,), (other,) = (simulate([case], 200) for case in (whole, half))
    np.testing.assert_allclose(other.velocity, one.velocity[12:], atol=1e-12)
    assert other.drag_coefficient == pytest.approx(0.5 * one.drag_coefficient, rel=1e-10)


def _array(cells: int, **changes) -> FlowCase:
    """Slow flow past a square array of circles that fill a fifth of the plane, pushed by a body force."""
    y, x = (np.indices((cells, cells)) + 0.5) / cells
    sdf = np.hypot(x - 0.5, y - 0.5) - np.sqrt(0.2 / np.pi)
    case = FlowCase(sdf, 1.0, cells, edges=PERIODIC, lattice_velocity=0.32 / cells, precision="float64")
    return replace(case, **{"body_force": (2.0, 0.0)} | changes)


def _resistance(case: FlowCase, mean_velocity: float) -> float:
    """Force per length on one cylinder over viscosity and superficial velocity."""
    return case.body_force[0] * case.reynolds / mean_velocity


SANGANI_ACRIVOS = 51.53
"""Resistance at a solid fraction of 0.2 (Sangani & Acrivos 1982, doi 10.1016/0301-9322(82)90029-5, table 1)."""


@pytest.fixture(scope="module")
def array():
    """The array at rest at first, then pushed along x and along y, until steady."""
    cases = [_array(16), _array(16, body_force=(0.0, 2.0))]
    return cases, simulate(cases, 800)


def test_drag_balances_the_body_force_on_the_fluid(array):
    (case, _), (flow, _) = array
    pushed = case.body_force[0] * np.sum(case.sdf > 0.0) / case.cells_per_length**2
    assert 0.5 * flow.drag_coefficient == pytest.approx(pushed, rel=1e-6)


def test_turning_the_flow_turns_its_solution(array):
    _, (along_x, along_y) = array
    np.testing.assert_allclose(along_y.velocity, along_x.velocity.transpose(1, 0, 2)[..., ::-1], atol=1e-13)
    assert along_y.lift_coefficient == pytest.approx(along_x.drag_coefficient, rel=1e-12)


def test_array_of_cylinders_has_the_resistance_of_creeping_flow(array):
    (case, _), (flow, _) = array
    assert _resistance(case, flow.velocity[..., 0].mean()) == pytest.approx(SANGANI_ACRIVOS, rel=0.05)


@pytest.mark.slow
def test_resistance_converges_faster_than_a_staircase_could():
    cells, errors = [16, 32, 64], []
    for n in cells:
        case = _array(n)
        (flow,) = simulate([case], 2 * n * n)
        errors.append(abs(_resistance(case, flow.velocity[..., 0].mean()) - SANGANI_ACRIVOS))
    assert observed_order(cells, errors) > 1.5


def test_mirrored_body_has_the_mirrored_flow(cylinder):
    low, high = cylinder((2.0, 1.3), precision="float64"), cylinder((2.0, 1.7), precision="float64")
    below, above = simulate([low, replace(low, sdf=low.sdf[::-1].copy())], 80)
    assert np.allclose(high.sdf, low.sdf[::-1], atol=1e-6)
    np.testing.assert_allclose(above.velocity, below.velocity[::-1] * [1.0, -1.0], atol=1e-12)
    assert above.drag_coefficient == pytest.approx(below.drag_coefficient, rel=1e-11)
    assert above.lift_coefficient == pytest.approx(-below.lift_coefficient, rel=1e-11)
    assert abs(below.lift_coefficient) > 1e-3
