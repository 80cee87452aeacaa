"""Link weights as a function of the signed distance."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from emulax_lbm import D2Q9, D3Q19, PAST_A_BODY, PERIODIC, Edges, FreeSlip, Wall
from emulax_lbm.boundaries import find_links, link_ends, with_distances

DOUBLE = np.dtype(np.float64)
BOX = Edges(left=FreeSlip(), right=Wall(), bottom=Wall(), top=FreeSlip())
DEEP = Edges(left=FreeSlip(), right=Wall(), bottom=Wall(), top=FreeSlip(), back=Wall(), front=FreeSlip())


def _ball(shape, centre, radius):
    points = np.indices(shape) + 0.5 - np.reshape(centre, (-1, *[1] * len(shape)))
    return np.linalg.norm(points, axis=0) - radius


def _links(lattice, edges, sdf, walls="bouzidi", velocity=None):
    return find_links(lattice, edges, sdf, walls=walls, dtype=DOUBLE, velocity=velocity, multiple=16)


# Bodies inside, across a periodic edge, and on edges that mirror.
BODIES = pytest.mark.parametrize(
    ("lattice", "edges", "sdf"),
    [
        pytest.param(D2Q9, PAST_A_BODY, _ball((12, 14), (6.1, 7.3), 2.6), id="inside"),
        pytest.param(D2Q9, PERIODIC, _ball((12, 14), (1.2, 13.1), 2.6), id="across"),
        pytest.param(D2Q9, BOX, _ball((12, 14), (0.3, 13.4), 3.6), id="on an edge"),
        pytest.param(D2Q9, BOX, _ball((12, 14), (11.7, 0.4), 3.6), id="on the other"),
        pytest.param(D3Q19, DEEP, _ball((9, 10, 11), (0.4, 9.8, 0.2), 3.4), id="in a corner"),
    ],
)


@BODIES
@pytest.mark.parametrize("walls", ["bouzidi", "bouzidi-quadratic"])
def test_moved_links_are_those_of_the_moved_body(rng, lattice, edges, sdf, walls):
    before = np.stack([sdf, sdf + 1e-4])
    after = before[::-1]
    velocity = rng.normal(size=(2, *sdf.shape, lattice.dimensions))
    found, expected = (_links(lattice, edges, batch, walls, velocity) for batch in (before, after))
    moved = with_distances(found, link_ends(lattice, edges, sdf.shape, found, velocity), jnp.asarray(after))
    for one, other in zip(moved, expected, strict=True):
        linked = np.asarray(other.weight) > 0.0
        for name in ("weight", "far_weight", "velocity")[:: 1 if walls == "bouzidi-quadratic" else 2]:
            changed, as_found = (np.asarray(getattr(link, name))[linked] for link in (one, other))
            np.testing.assert_allclose(changed, as_found, rtol=1e-9, atol=1e-12)
        assert not np.any(np.asarray(one.weight)[~linked])
    assert any(np.any(one.weight != other.weight) for one, other in zip(found, moved, strict=True))


def test_links_that_were_half_way_for_want_of_a_neighbour_stay_so():
    """Between two walls a cell apart there is nothing to interpolate with; a nearer wall moves nothing."""
    sdf = np.repeat(np.array([-1.8, -0.8, 0.2, -0.8, -1.8])[:, None], 5, axis=1)[None]
    links = _links(D2Q9, PERIODIC, sdf)
    ends = link_ends(D2Q9, PERIODIC, sdf.shape[1:], links)
    for before, after in zip(links, with_distances(links, ends, jnp.asarray(sdf + 0.1)), strict=True):
        np.testing.assert_array_equal(before.weight, after.weight)


def test_only_cells_at_the_wall_have_a_derivative():
    sdf = _ball((12, 14), (6.1, 7.3), 2.6)[None]
    links = _links(D2Q9, PAST_A_BODY, sdf)
    ends = link_ends(D2Q9, PAST_A_BODY, sdf.shape[1:], links)
    slope = jax.grad(lambda sdf: sum(jnp.sum(link.weight) for link in with_distances(links, ends, sdf)))(
        jnp.asarray(sdf)
    )
    assert np.all(np.isfinite(slope))
    near = np.abs(sdf) < 1.5
    assert not np.any(slope[~near])
    assert np.any(slope[near & (sdf > 0.0)])
    assert np.any(slope[near & (sdf < 0.0)])
