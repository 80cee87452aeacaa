from dataclasses import replace

import jax.numpy as jnp
import numpy as np
import pytest

from emulax.core.config import from_dict, to_dict
from emulax.core.errors import InputError
from emulax.geometry import PrimitiveSampler, check_inside

COUNT = 150


@pytest.fixture(scope="module")
def shapes():
    sampler = PrimitiveSampler()
    return [sampler.sample(7, index) for index in range(COUNT)]


def test_same_seed_and_index_give_the_same_shape(shapes):
    again = PrimitiveSampler().sample(7, 42)
    assert again.identifier == shapes[42].identifier
    np.testing.assert_array_equal(again.outline, shapes[42].outline)


def test_identifiers_are_distinct(shapes):
    assert len({shape.identifier for shape in shapes}) == COUNT


def test_another_seed_gives_other_shapes(shapes):
    assert PrimitiveSampler().sample(8, 42).identifier != shapes[42].identifier


def test_sampling_is_stable_across_releases():
    assert PrimitiveSampler().sample(0, 0).identifier.startswith("8cc148f29be8183e")


def test_sizes_are_in_range(shapes):
    heights, lengths = np.array([(shape.height, shape.length) for shape in shapes]).T
    assert heights.min() >= 0.6 - 1e-9
    assert heights.max() <= 1.6 + 1e-9
    assert lengths.max() <= 2.0 + 1e-9


def test_sizes_fill_their_range(shapes):
    heights = np.array([shape.height for shape in shapes])
    assert heights.min() < 0.65
    assert heights.max() > 1.5


def test_centres_are_in_range_and_fill_it(shapes):
    bounds = np.array([shape.bounds for shape in shapes])
    for axis, extent, (low, high) in ((0, 8.0, (0.2, 0.45)), (1, 4.0, (0.35, 0.65))):
        centre = 0.5 * (bounds[:, axis] + bounds[:, axis + 2]) / extent
        assert low <= centre.min() < low + 0.02
        assert high - 0.02 < centre.max() <= high


def test_bounding_box_is_centred_where_asked():
    sampler = PrimitiveSampler(kinds=("polygon",), sides=(3, 3), centre_x=(0.3, 0.3), centre_y=(0.5, 0.5))
    left, bottom, right, top = sampler.sample(0, 0).bounds
    np.testing.assert_allclose([0.5 * (left + right), 0.5 * (bottom + top)], [2.4, 2.0], atol=1e-12)


def test_every_shape_keeps_its_clearance(shapes):
    for shape in shapes:
        check_inside(shape, (8.0, 4.0), clearance=0.5)


def test_every_kind_and_number_of_sides_occurs(shapes):
    names = {shape.name for shape in shapes}
    assert names == {"circle", "ellipse", "box", *(f"{sides}-gon" for sides in range(3, 13))}


@pytest.mark.parametrize("kind", ["circle", "ellipse", "box", "polygon"])
def test_distance_vanishes_on_the_outline(kind):
    shape = replace(PrimitiveSampler(), kinds=(kind,)).sample(3, 1)
    np.testing.assert_allclose(shape.sdf(jnp.asarray(shape.outline)), 0.0, atol=1e-12)


@pytest.mark.parametrize("kind", ["circle", "ellipse", "box", "polygon"])
def test_solid_is_on_the_left_of_the_outline(kind):
    shape = replace(PrimitiveSampler(), kinds=(kind,)).sample(3, 1)
    middle, along = shape.outline.mean(axis=1), np.diff(shape.outline, axis=1)[:, 0]
    left = np.stack([-along[:, 1], along[:, 0]], axis=1)
    assert (shape.sdf(jnp.asarray(middle + 1e-3 * left)) < 0).all()


def test_all_shapes_of_a_kind_share_one_compile(shapes):
    from emulax.geometry.shape import _evaluate

    points = jnp.zeros((3, 2), jnp.float32)
    before = _evaluate._cache_size()
    for shape in shapes:
        shape.sdf(points)
    assert _evaluate._cache_size() - before == 4


def test_configuration_survives_json():
    sampler = PrimitiveSampler(kinds=("circle", "box"), aspect_ratio=(1.0, 2.0))
    assert from_dict(PrimitiveSampler, to_dict(sampler)) == sampler


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("kinds", ()),
        ("sides", (2, 12)),
        ("sides", (6, 5)),
        ("aspect_ratio", (0.5, 3.0)),
        ("aspect_ratio", (1.0, float("inf"))),
        ("height", (0.0, 1.6)),
        ("height", (float("nan"), 1.6)),
        ("height", (1.6, 0.6)),
        ("max_length", 1.0),
        ("max_length", float("nan")),
        ("centre_x", (0.05, 0.45)),
        ("centre_y", (0.35, 0.95)),
    ],
)
def test_bad_configuration_is_refused_and_named(field, value):
    with pytest.raises(InputError, match=rf"^{field}: "):
        PrimitiveSampler(**{field: value})


def test_unknown_kind_is_refused_with_the_near_match():
    sampler = PrimitiveSampler()
    object.__setattr__(sampler, "kinds", ("circel",))  # the type checker refuses it earlier under test
    with pytest.raises(InputError, match="did you mean 'circle'"):
        sampler.__post_init__()


def test_domain_too_small_for_the_bodies_is_refused():
    with pytest.raises(InputError, match="centre_y"):
        PrimitiveSampler(domain=(8.0, 2.0))


@pytest.mark.parametrize(("seed", "index"), [(-1, 0), (0, -1)])
def test_negative_seed_or_index_is_refused(seed, index):
    with pytest.raises(InputError, match="must not be negative"):
        PrimitiveSampler().sample(seed, index)
