"""Airfoils, pairs and plates: what is particular to each."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from emulax.core.errors import InputError
from emulax.geometry import AirfoilSampler, PairSampler, PlateSampler, naca4


def test_airfoil_of_fixed_numbers_is_the_section_of_that_code():
    sampler = AirfoilSampler(
        camber=(0.02, 0.02), camber_position=(0.4, 0.4), thickness=(0.12, 0.12), incidence=(5.0, 5.0)
    )
    outline = sampler.sample(0, 0).outline[:, 0]
    angle = np.radians(5.0)
    turned = 2.0 * naca4("2412")[:-1] @ np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    np.testing.assert_allclose(outline - outline[0], turned - turned[0], atol=1e-12)


def test_incidence_is_positive_with_the_nose_up():
    nose_up = AirfoilSampler(camber=(0.0, 0.0), incidence=(8.0, 8.0)).sample(0, 0).outline[:, 0]
    assert nose_up[nose_up[:, 0].argmin(), 1] > nose_up[nose_up[:, 0].argmax(), 1] + 0.2


def test_pair_is_apart_by_the_gap():
    sampler = PairSampler(kinds=("box", "polygon"), gap=(0.4, 0.4))
    for index in range(10):
        outline = sampler.sample(2, index).outline
        (second,) = np.flatnonzero((outline[1:, 0] != outline[:-1, 1]).any(axis=1)) + 1
        steps = np.linspace(0.0, 1.0, 50)[:, None, None]
        along = (1 - steps) * outline[:, 0] + steps * outline[:, 1]
        distance = cdist(along[:, :second].reshape(-1, 2), along[:, second:].reshape(-1, 2)).min()
        assert distance == pytest.approx(0.4, abs=1e-9)


def test_gaps_and_directions_vary():
    shapes = [PairSampler().sample(2, index) for index in range(60)]
    ratios = np.array([shape.height / shape.length for shape in shapes])
    assert ratios.min() < 0.6
    assert ratios.max() > 1.6


def test_plate_is_a_thin_box_at_any_angle():
    shapes = [PlateSampler().sample(2, index) for index in range(100)]
    edges = np.array([np.linalg.norm(np.diff(shape.outline, axis=1)[:2, 0], axis=1) for shape in shapes])
    assert (edges.min(axis=1) >= 0.2).all()
    assert (edges.min(axis=1) <= 0.25).all()
    ratio = edges.max(axis=1) / edges.min(axis=1)
    assert ratio.min() >= 4.0 - 1e-9
    assert 7.5 < ratio.max() <= 8.0 + 1e-9


@pytest.mark.parametrize(
    ("sampler", "field", "value"),
    [
        (AirfoilSampler, "camber", (0.0, 0.2)),
        (AirfoilSampler, "camber_position", (0.0, 0.5)),
        (AirfoilSampler, "thickness", (0.2, 0.1)),
        (AirfoilSampler, "chord", 0.0),
        (AirfoilSampler, "incidence", (10.0, -10.0)),
        (PairSampler, "kinds", ()),
        (PairSampler, "sides", (2, 3)),
        (PairSampler, "height", (0.0, 1.0)),
        (PairSampler, "max_length", 0.5),
        (PairSampler, "gap", (0.0, 1.0)),
        (PlateSampler, "thickness", (0.0, 0.2)),
        (PlateSampler, "aspect_ratio", (0.5, 2.0)),
        (PlateSampler, "max_height", 0.5),
    ],
)
def test_bad_configuration_is_refused_and_named(sampler, field, value):
    with pytest.raises(InputError, match=rf"^{field}: "):
        sampler(**{field: value})
