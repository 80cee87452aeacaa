"""Walls inside that move, and what pushes them."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from emulax_lbm import PERIODIC, Edges, FlowCase, FreeSlip, Periodic, Run, Wall, rotation
from emulax_lbm.boundaries import fill_ghosts, reflect
from emulax_lbm.boundaries.wall_velocity import continued
from emulax_lbm.lattices import D2Q9
from emulax_lbm.moments import momentum
from emulax_lbm.monitor import exchanged
from emulax_lbm.setup import State, common_setup, parameters_of
from emulax_lbm.steady import _coarsen
from emulax_lbm.streaming import stream

EVERY_RULE = pytest.mark.parametrize("walls", ["bouzidi", "bouzidi-quadratic", "half-way"])


def test_rotation_is_the_velocity_of_a_solid_body():
    velocity = rotation((4, 6), (1.0, 0.5), 2, 3.0)
    # The centre of the cell in row 0, column 5 is at (2.75, 0.25).
    np.testing.assert_allclose(velocity[0, 5], [3.0 * 0.25, 3.0 * 1.75])


def test_rotation_about_z_is_the_same_in_three_dimensions():
    deep = rotation((2, 4, 6), (1.0, 0.5, 7.0), 2, (0.0, 0.0, 3.0))
    np.testing.assert_allclose(deep[1, ..., :2], rotation((4, 6), (1.0, 0.5), 2, 3.0))
    np.testing.assert_array_equal(deep[..., 2], 0.0)


def test_mirrored_walls_move_as_their_images(rng):
    velocity = rng.normal(size=(1, 3, 4, 2))
    around = continued(Edges(Periodic(), Periodic(), FreeSlip(), Wall()), velocity)
    np.testing.assert_array_equal(around[0, 1:-1, 0], velocity[0, :, -1])
    np.testing.assert_array_equal(around[0, [0, -1], 1:-1], velocity[0, [0, -1]] * [1.0, -1.0])


@pytest.mark.parametrize("q", [0.2, 0.8])
def test_velocity_is_taken_where_the_wall_crosses_the_link(q):
    """Row 3 is the last of the fluid; what stands farther than one cell from the wall does not matter."""
    sdf = np.repeat((3.0 + q - np.arange(8.0))[:, None], 6, axis=1)
    velocity = np.full((8, 6, 2), 1e3)
    velocity[3], velocity[4] = (1.0, 2.0), (2.0, 5.0)
    edges = Edges(Periodic(), Periodic(), Wall(), Wall())
    case = FlowCase(sdf, 1.0, 8, edges=edges, wall_velocity=velocity, lattice_velocity=0.01, precision="float64")
    for link in parameters_of([case], common_setup([case])).links:
        found = np.asarray(link.velocity)[np.asarray(link.weight) > 0.0]
        np.testing.assert_allclose(found, np.broadcast_to([0.01 * (1.0 + q), 0.01 * (2.0 + 3.0 * q)], found.shape))


@EVERY_RULE
def test_body_that_drifts_with_the_flow_neither_disturbs_nor_feels_it(circle_sdf, walls):
    shape, velocity = (12, 14), np.array([1.0, 0.5])
    sdf = circle_sdf((0.8, 0.7), 0.6, grid=shape)
    everywhere = np.broadcast_to(velocity, (*shape, 2)).copy()
    case = FlowCase(sdf, 1.0, 8, edges=PERIODIC, walls=walls, wall_velocity=everywhere, precision="float64")
    run = Run([case], velocity=everywhere[None])
    run.advance(20)
    np.testing.assert_allclose(run.velocity()[0], everywhere * (sdf > 0.0)[..., None], atol=1e-13)
    np.testing.assert_allclose(run.forces(), 0.0, atol=1e-11)


@EVERY_RULE
def test_moving_body_takes_the_momentum_that_the_fluid_loses(circle_sdf, rng, walls):
    """Over one step, for any populations and any motion; what passes the wall brings its momentum along."""
    sdf = circle_sdf((2.25, 0.1), 0.8, grid=(16, 18))
    moving = rng.normal(size=(16, 18, 2))
    case = FlowCase(sdf, 1.0, 8, edges=PERIODIC, walls=walls, wall_velocity=0.2 * moving, precision="float64")
    setup = common_setup([case])
    parameters = parameters_of([case], setup)
    f = tuple(jnp.asarray(p) * parameters.fluid for p in rng.normal(size=(9, 1, 18, 20)))
    edges = exchanged(setup, parameters, State(f, jnp.zeros(1, jnp.int32)))[1]
    incoming = parameters.incoming.at(jnp.zeros(1, jnp.int32))
    reflected, walls_ = reflect(D2Q9, parameters.links, fill_ghosts(D2Q9, PERIODIC, f, incoming))

    def total(populations) -> np.ndarray:
        fluid = np.asarray(parameters.fluid)
        return np.array([np.sum((p * fluid)[:, 1:-1, 1:-1]) for p in momentum(D2Q9, populations)])

    gained = total(stream(D2Q9, reflected)) - total(f)
    np.testing.assert_allclose(gained, np.asarray(edges.momentum + walls_.momentum - walls_.force)[0], atol=1e-12)
    assert np.abs(walls_.momentum).min() > 1e-5


def _porous_channel(frame: float, *, reynolds: float = 10.0, through: float = 0.2, cells: int = 16) -> FlowCase:
    """Two porous plates H apart, the upper one sliding past the lower at U; fluid enters below and leaves above.

    Everything slides along at `frame` as well.
    """
    y = np.arange(cells + 4) - 1.5
    sdf = np.repeat(np.minimum(y, cells - y)[:, None] / cells, 3, axis=1)
    velocity = np.where((y > 0.5 * cells)[:, None], [1.0 + frame, through], [frame, through])
    return FlowCase(
        sdf,
        reynolds,
        cells,
        edges=PERIODIC,
        wall_velocity=np.repeat(velocity[:, None], 3, axis=1),
        lattice_velocity=0.05,
        precision="float64",
    )


def test_force_on_porous_plates_is_the_shear_in_any_frame():
    """The exact profile is `(exp(R s) - 1) / (exp(R) - 1)` with `R = v H / nu`; momentum goes through the plates with
    the fluid, which is no force on them (and would be another one in another frame)."""
    frames, cells = (0.0, 1.0), 16
    cases = [_porous_channel(frame) for frame in frames]
    s = np.clip((np.arange(cells + 4) - 1.5) / cells, 0.0, 1.0)
    profile = np.expm1(2.0 * s) / np.expm1(2.0)
    fluid = np.repeat((cases[0].sdf > 0.0)[:, :1], 3, axis=1)
    start = [fluid[..., None] * np.stack([frame + profile, np.full_like(s, 0.2)], -1)[:, None] for frame in frames]
    run = Run(cases, velocity=np.stack(start))
    run.advance(2000)
    np.testing.assert_allclose(run.velocity(), np.stack(start), atol=3e-3)
    # The shear 2 / (e^2 - 1) / Re pulls forwards below, e^2 times as much backwards above; plates are 3 / 16 H long.
    shear = (1.0 / np.expm1(2.0) - np.exp(2.0) / np.expm1(2.0)) * 2.0 / 10.0
    np.testing.assert_allclose(run.forces()[:, 0], 2.0 * shear * 3 / 16, rtol=1e-5)


def test_case_at_rest_does_not_notice_a_moving_neighbour(circle_sdf, rng):
    still = FlowCase(circle_sdf((0.9, 0.8), 0.6, grid=(12, 14)), 1.0, 8, edges=PERIODIC)
    turning = replace(still, wall_velocity=rotation((12, 14), (0.9, 0.8), 8, 1.0))
    answers = []
    f = np.repeat(rng.normal(size=(9, 1, 14, 16)).astype(np.float32), 2, axis=1)
    for cases in ([still, still], [still, turning]):
        links = parameters_of(cases, common_setup(cases)).links
        answers.append(jax.tree.leaves(reflect(D2Q9, links, tuple(jnp.asarray(p) for p in f))))
    for alone, beside in zip(*answers, strict=True):
        np.testing.assert_array_equal(beside[0], alone[0])
    assert any(np.any(np.asarray(alone[1]) != np.asarray(beside[1])) for alone, beside in zip(*answers, strict=True))


def test_coarse_case_has_the_same_walls(cylinder):
    spin = {n: rotation((3 * n, 6 * n), (2.0, 1.5), n, 0.5) for n in (4, 8)}
    coarse = _coarsen(cylinder(reynolds=8.0, wall_velocity=spin[8]))
    np.testing.assert_allclose(coarse.wall_velocity, spin[4], atol=1e-12)


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_links_have_the_precision_of_the_run(circle_sdf, precision):
    case = FlowCase(
        circle_sdf((0.8, 0.7), 0.6, grid=(12, 14)),
        1.0,
        8,
        edges=PERIODIC,
        walls="bouzidi-quadratic",
        wall_velocity=np.full((12, 14, 2), 0.1),
        precision=precision,
    )
    leaves = jax.tree.leaves(parameters_of([case], common_setup([case])).links)
    assert {str(leaf.dtype) for leaf in leaves} == {"int32", "bool", precision}
