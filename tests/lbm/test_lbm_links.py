import jax
import jax.numpy as jnp
import numpy as np
import pytest

from emulax_lbm import PERIODIC, Edges, Periodic, Wall
from emulax_lbm.boundaries import find_links, reflect
from emulax_lbm.collision import TRT
from emulax_lbm.lattices import D2Q9
from emulax_lbm.moments import momentum
from emulax_lbm.streaming import stream

DOUBLE = np.dtype(np.float64)


def _links(sdf: np.ndarray, *, walls: str = "bouzidi", count: int = 0):
    """Every link of one case as `(row, column, population, weight, inner)`; rows and columns without the ghosts."""
    width, found = sdf.shape[1] + 2, []
    for i, link in enumerate(find_links(D2Q9, PERIODIC, sdf[None], walls=walls, dtype=DOUBLE, count=count), start=1):
        for cell, weight, inner in zip(*(np.asarray(values)[0] for values in link[:3]), strict=True):
            if weight:
                found.append((int(cell) // width - 1, int(cell) % width - 1, i, float(weight), bool(inner)))
    return found


def _fraction(weight: float, inner: bool) -> float:
    """The wall's position on a link, from its weight."""
    return 0.5 * weight if inner else 0.5 / weight


def test_links_join_each_fluid_cell_to_its_solid_neighbours():
    sdf = np.ones((7, 7))
    sdf[3, 3] = -1.0
    expected = {(3 + cy, 3 + cx, i) for i, (cx, cy) in enumerate(D2Q9.velocities) if i}
    assert {link[:3] for link in _links(sdf)} == expected


@pytest.mark.parametrize("q", [0.1, 0.3, 0.5, 0.7, 0.95])
def test_plane_wall_crosses_its_links_at_its_distance(q):
    """Rows 0 to 3 are fluid and the wall is `q` cells above the last of them, straight and diagonal links alike."""
    sdf = np.repeat((3.0 + q - np.arange(8.0))[:, None], 9, axis=1)
    found = [_fraction(*link[3:]) for link in _links(sdf) if link[0] == 3]
    assert len(found) == 3 * 9
    np.testing.assert_allclose(found, q, rtol=1e-12)


def test_circular_wall_is_crossed_where_the_circle_is(circle_sdf):
    n, radius = 16, 0.5
    sdf = circle_sdf((1.03, 0.96), grid=(32, 32), cells=n)
    errors = []
    for row, column, i, weight, inner in _links(sdf):
        start = (np.array([column, row]) + 0.5) / n - (1.03, 0.96)
        along = -np.array(D2Q9.velocities[i]) / n
        exact = np.roots([along @ along, 2.0 * start @ along, start @ start - radius**2]).min()
        errors.append(_fraction(weight, inner) - exact)
    # The distance is linear along a link but for the curvature, which counts most where a link grazes the circle.
    assert np.mean(np.abs(errors)) < 0.02


def test_without_interpolation_every_wall_is_half_way(circle_sdf):
    links = _links(circle_sdf((1.0, 1.0), grid=(16, 16)), walls="half-way")
    assert {link[3:] for link in links} == {(1.0, False)}


def test_wall_half_way_needs_no_interpolation():
    sdf = np.repeat((3.5 - np.arange(8.0))[:, None], 6, axis=1)
    assert _links(sdf) == _links(sdf, walls="half-way")


def test_gap_of_one_cell_falls_back_to_half_way():
    """A near wall asks for the next cell inwards; there is none between two walls a cell apart."""
    sdf = np.repeat(np.array([-1.8, -0.8, 0.2, -0.8, -1.8])[:, None], 5, axis=1)
    sdf[:, [0, -1]] = 1.0
    straight = [link for link in _links(sdf) if link[:2] == (2, 2) and D2Q9.velocities[link[2]][0] == 0]
    assert [link[3:] for link in straight] == [(1.0, False)] * 2


def test_padding_makes_room_and_changes_nothing(circle_sdf, rng):
    sdf = circle_sdf((0.8, 0.7), 0.6, grid=(12, 14))[None]
    f = tuple(jnp.asarray(p) for p in rng.normal(size=(9, 1, 14, 16)))
    tight = find_links(D2Q9, PERIODIC, sdf, walls="bouzidi", dtype=DOUBLE)
    roomy = find_links(D2Q9, PERIODIC, sdf, walls="bouzidi", dtype=DOUBLE, count=100)
    assert {link.cell.shape for link in roomy} == {(1, 100)}
    for one, other in zip(*(jax.tree.leaves(reflect(D2Q9, links, f)) for links in (tight, roomy)), strict=True):
        np.testing.assert_array_equal(one, other)


def test_reflection_follows_bouzidi(rng):
    """Eq. 5 of the paper, on a straight wall nearer and farther than half-way."""
    f = rng.normal(size=(9, 2, 10, 8))
    sdf = np.stack([np.repeat((3.0 + q - np.arange(8.0))[:, None], 6, axis=1) for q in (0.2, 0.8)])
    links = find_links(D2Q9, PERIODIC, sdf, walls="bouzidi", dtype=DOUBLE)
    ghosts, _ = reflect(D2Q9, links, tuple(jnp.asarray(p) for p in f))
    arrived = np.stack(stream(D2Q9, ghosts))
    row, column, down, up = 4, 4, D2Q9.velocities.index((0, -1)), D2Q9.velocities.index((0, 1))
    near, far = arrived[down, :, row, column]
    assert near == pytest.approx(0.4 * f[up, 0, row, column] + 0.6 * f[up, 0, row - 1, column])
    assert far == pytest.approx(f[up, 1, row, column] / 1.6 + (1 - 1 / 1.6) * f[down, 1, row, column])


@pytest.mark.parametrize("q", [0.2, 0.8])
def test_quadratic_reflection_reads_two_cells_beside_the_reflected_one(rng, q):
    """The paper's formulas, on a straight wall above row 3 (row 4 with its ghost)."""
    f = rng.normal(size=(9, 1, 10, 8))
    sdf = np.repeat((3.0 + q - np.arange(8.0))[:, None], 6, axis=1)
    links = find_links(D2Q9, PERIODIC, sdf[None], walls="bouzidi-quadratic", dtype=DOUBLE)
    ghosts, _ = reflect(D2Q9, links, tuple(jnp.asarray(p) for p in f))
    arrived = np.stack(stream(D2Q9, ghosts))
    down, up = D2Q9.velocities.index((0, -1)), D2Q9.velocities.index((0, 1))
    fall, rise = f[down, 0, :, 4], f[up, 0, :, 4]
    if q < 0.5:
        expected = q * (1 + 2 * q) * rise[4] + (1 - 4 * q**2) * rise[3] - q * (1 - 2 * q) * rise[2]
    else:
        expected = rise[4] / (q * (2 * q + 1)) + (2 * q - 1) / q * fall[4] - (2 * q - 1) / (2 * q + 1) * fall[3]
    assert arrived[down, 0, 4, 4] == pytest.approx(expected, rel=1e-12)


def _gap(rows: int, q: float, *, edges=PERIODIC, walls: str = "bouzidi-quadratic"):
    """Weights of the two links straight across a gap of so many rows; the walls are `q` from its last cells."""
    y = np.arange(rows + 4) - 2.0
    sdf = np.repeat(np.minimum(y + q, rows - 1.0 + q - y)[:, None], 4, axis=1)
    found = []
    for i, link in enumerate(find_links(D2Q9, edges, sdf[None], walls=walls, dtype=DOUBLE), start=1):
        if D2Q9.velocities[i][0] == 0:
            far = np.zeros_like(link.weight) if link.far_weight is None else link.far_weight
            found += [(float(w), float(v)) for w, v in zip(link.weight[0], far[0], strict=True) if w]
    return found


@pytest.mark.parametrize(("rows", "q", "rule"), [(1, 0.2, "half-way"), (2, 0.2, "bouzidi"), (1, 0.8, "bouzidi")])
def test_narrow_gap_takes_the_next_simpler_rule(rows, q, rule):
    assert _gap(rows, q) == _gap(rows, q, walls=rule)
    assert _gap(rows + 1, q) != _gap(rows + 1, q, walls=rule)


@pytest.mark.parametrize("q", [0.2, 0.8])
def test_cells_beyond_an_edge_are_used_only_where_the_box_repeats(q):
    """The wall is above the lowest row, the cells beside the reflected one lie below the box: its two highest rows."""
    y = np.arange(8.0)
    sdf = np.repeat(np.where(y > 4.0, y - 4.5, q - y)[:, None], 4, axis=1)

    def far_rows(edges: Edges) -> set[int]:
        links = find_links(D2Q9, edges, sdf[None], walls="bouzidi-quadratic", dtype=DOUBLE)
        down = links[D2Q9.velocities.index((0, -1)) - 1]
        return {int(cell) // 6 - 1 for cell, w in zip(down.far_cell[0], down.far_weight[0], strict=True) if w}

    assert far_rows(PERIODIC) == {7 if q > 0.5 else 6}
    assert far_rows(Edges(Periodic(), Periodic(), Wall(), Wall())) == set()


def _channel_error(rows: int, *, walls: str, offset: float = 0.45) -> float:
    """Largest error of Poiseuille flow between walls that lie `offset` off the cell faces, in units of the peak."""
    y = np.arange(rows) + 0.5
    low, high = 2.0 + offset, rows - 2.0 - offset
    sdf = np.repeat(np.minimum(y - low, high - y)[:, None], 3, axis=1)
    links = find_links(D2Q9, PERIODIC, sdf[None], walls=walls, dtype=DOUBLE)
    fluid = jnp.asarray(np.pad(sdf > 0.0, 1)[None], jnp.float64)
    relaxation_time = jnp.full((1, 1, 1), 1.1, jnp.float64)
    peak, viscosity = 0.01, (1.1 - 0.5) / 3.0
    strength = 8.0 * viscosity * peak / (high - low) ** 2
    force = (jnp.full((1, 1, 1), strength, jnp.float64), jnp.zeros((1, 1, 1), jnp.float64))

    def step(_, f):
        f, _ = reflect(D2Q9, links, f)
        f = TRT().collide(D2Q9, stream(D2Q9, f), relaxation_time, force)
        # Every column is the middle one: the flow does not depend on x.
        return tuple(jnp.broadcast_to(p[..., 2:3], p.shape) * fluid for p in f)

    f = jax.jit(lambda f: jax.lax.fori_loop(0, 1200, step, f))((jnp.zeros_like(fluid),) * 9)
    u = np.asarray(momentum(D2Q9, f)[0] - 0.5 * strength)[0, 1:-1, 2] / peak
    return np.abs(u - 4.0 * (y - low) * (high - y) / (high - low) ** 2)[sdf[:, 0] > 0.0].max()


def test_wall_off_the_grid_is_second_order_and_the_staircase_first():
    for walls, order in (("bouzidi", 2.0), ("half-way", 1.0)):
        coarse, fine = (_channel_error(rows, walls=walls) for rows in (12, 20))
        assert np.log(coarse / fine) / np.log((20 - 4.9) / (12 - 4.9)) == pytest.approx(order, abs=0.1)
