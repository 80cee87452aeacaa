from dataclasses import replace

import numpy as np
import pytest

from emulax.core.errors import InputError
from emulax.geometry import PrimitiveSampler

COUNT = 150


@pytest.fixture(scope="module")
def shapes():
    sampler = PrimitiveSampler()
    return [sampler.sample(7, index) for index in range(COUNT)]


def test_sizes_fill_their_range(shapes):
    heights = np.array([shape.height for shape in shapes])
    assert heights.min() < 0.65
    assert heights.max() > 1.5


def test_bounding_box_is_centred_where_asked():
    sampler = PrimitiveSampler(kinds=("polygon",), sides=(3, 3), centre_x=(0.3, 0.3), centre_y=(0.5, 0.5))
    left, bottom, right, top = sampler.sample(0, 0).bounds
    np.testing.assert_allclose([0.5 * (left + right), 0.5 * (bottom + top)], [2.4, 2.0], atol=1e-12)


def test_every_kind_and_number_of_sides_occurs(shapes):
    names = {shape.name for shape in shapes}
    assert names == {"circle", "ellipse", "box", *(f"{sides}-gon" for sides in range(3, 13))}


@pytest.mark.parametrize("kind", ["circle", "ellipse", "box", "polygon"])
def test_distance_vanishes_on_the_outline_and_is_negative_on_its_left(kind, assert_solid_on_the_left):
    assert_solid_on_the_left(replace(PrimitiveSampler(), kinds=(kind,)).sample(3, 1))


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
