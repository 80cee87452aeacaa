"""What holds for every sampler that a recipe may name."""

from dataclasses import replace

import jax
import numpy as np
import pytest

from emulax.core.config import from_dict, to_dict
from emulax.core.errors import InputError
from emulax.geometry import SAMPLERS, Sampler, check_inside, check_outline, move_body, place
from emulax.geometry.outline import signed_area

COUNT = 100

LIMITS = {
    # Least and most frontal height, most length [D].
    "primitives": (0.6, 1.6, 2.0),
    "cars": (0.6, 1.6, 3.2),
    "airfoils": (0.2, 0.95, 2.1),
    "pairs": (0.5, 2.5, 3.0),
    "plates": (0.2, 1.2, 2.02),
    "solids": (0.4, 2.0, 2.0),
}
STABLE = {
    "primitives": "8cc148f29be8183e",
    "cars": "6554cdcc425c7386",
    "airfoils": "35afe4e1d96a08aa",
    "pairs": "35e59796786e4c7e",
    "plates": "3d6a33ad49e56d56",
    "solids": "35ead2f9d5d95da9",
}
PLANE = [table for table, sampler in SAMPLERS.items() if len(sampler().domain) == 2]


@pytest.fixture(scope="module", params=SAMPLERS)
def table(request):
    return request.param


@pytest.fixture(scope="module")
def shapes(table):
    return [SAMPLERS[table]().sample(7, index) for index in range(COUNT)]


def loops(shape):
    """The vertices of each closed loop of an outline, checked to be closed."""
    starts, ends = shape.outline[:, 0], shape.outline[:, 1]
    breaks = np.flatnonzero(~np.isclose(ends[:-1], starts[1:], atol=1e-12).all(axis=1)) + 1
    parts = np.split(np.arange(len(starts)), breaks)
    for part in parts:
        np.testing.assert_allclose(ends[part[-1]], starts[part[0]], atol=1e-12)
    return [starts[part] for part in parts]


def test_same_seed_and_index_give_the_same_shape_whatever_else_is_drawn(table, shapes):
    again = SAMPLERS[table]().sample(7, 42)
    assert again.identifier == shapes[42].identifier
    assert again.bounds == shapes[42].bounds
    for number, same in zip(*map(jax.tree.leaves, (again.distance, shapes[42].distance)), strict=True):
        np.testing.assert_array_equal(number, same)


def test_sampling_is_stable_across_releases(table):
    assert SAMPLERS[table]().sample(0, 0).identifier.startswith(STABLE[table])


def test_identifiers_are_distinct_and_follow_the_seed(table, shapes):
    identifiers = {shape.identifier for shape in shapes}
    assert len(identifiers) == COUNT
    assert SAMPLERS[table]().sample(8, 42).identifier not in identifiers


def test_a_body_moved_keeps_its_identifier(table, shapes):
    moved = place(shapes[0], (0.1, 0.2), 0.3) if table in PLANE else move_body(shapes[0], (0.1, 0.2, 0.3))
    assert moved.identifier == shapes[0].identifier


@pytest.mark.parametrize("table", PLANE, indirect=True)
def test_outlines_are_closed_simple_and_counter_clockwise(table, shapes):
    for shape in shapes:
        found = loops(shape)
        assert len(found) == (2 if table == "pairs" else 1)
        for corners in found:
            assert signed_area(corners) > 0
            check_outline(np.concatenate([corners, corners[:1]]), shape.name)


def test_sizes_are_in_range(table, shapes):
    lowest, highest, longest = LIMITS[table]
    heights, lengths = np.array([(shape.height, shape.length) for shape in shapes]).T
    assert lowest - 1e-9 <= heights.min()
    assert heights.max() <= highest + 1e-9
    assert lengths.max() <= longest + 1e-9


def test_every_shape_keeps_its_clearance(table, shapes):
    sampler = SAMPLERS[table]()
    for shape in shapes:
        check_inside(shape, sampler.domain, clearance=sampler.clearance)


def test_centres_fill_their_range(table, shapes):
    sampler = SAMPLERS[table]()
    bounds = np.array([shape.bounds for shape in shapes])
    for axis, side in enumerate(sampler.domain):
        ends = getattr(sampler, f"centre_{'xyz'[axis]}")
        centre = 0.5 * (bounds[:, axis] + bounds[:, axis + len(sampler.domain)]) / side
        slack = 0.1 * (ends[1] - ends[0])
        assert ends[0] - 1e-9 <= centre.min() < ends[0] + slack
        assert ends[1] - slack < centre.max() <= ends[1] + 1e-9


@pytest.mark.parametrize("table", ["cars", "airfoils", "pairs", "plates"], indirect=True)
def test_distance_vanishes_on_the_outline_and_is_negative_on_its_left(shapes, assert_solid_on_the_left):
    assert_solid_on_the_left(shapes[3])


def test_configuration_survives_json(table):
    sampler = replace(SAMPLERS[table](), clearance=0.4)
    assert from_dict(SAMPLERS[table], to_dict(sampler)) == sampler


def test_sampler_fulfils_the_protocol(table):
    assert isinstance(SAMPLERS[table](), Sampler)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("centre_x", (0.05, 0.4)),
        ("centre_x", (0.4, 0.3)),
        ("centre_y", (0.35, 0.95)),
        ("centre_y", (float("nan"), 0.6)),
        ("domain", 1.0),
    ],
)
def test_bad_place_is_refused_and_named(table, field, value):
    named = field
    if field == "domain":
        domain = SAMPLERS[table]().domain
        named, value = f"centre_{'xyz'[len(domain) - 1]}", (*domain[:-1], value)
    with pytest.raises(InputError, match=rf"^{named}: "):
        SAMPLERS[table](**{field: value})


@pytest.mark.parametrize(("seed", "index"), [(-1, 0), (0, -1)])
def test_negative_seed_or_index_is_refused(table, seed, index):
    with pytest.raises(InputError, match="must not be negative"):
        SAMPLERS[table]().sample(seed, index)


def test_shapes_of_a_kind_share_one_compile(table, shapes):
    # What is compiled depends on the structure of the distance and the shapes of its numbers alone.
    structures = set()
    for shape in shapes:
        leaves, structure = jax.tree.flatten(shape.distance)
        structures.add((structure, *map(np.shape, leaves)))
    assert len(structures) <= {"primitives": 4, "pairs": 16, "solids": 9}.get(table, 1)
