from dataclasses import fields, replace

import numpy as np
import pytest

from emulax.core.errors import InputError
from emulax.geometry import CAR_RANGES, CarProfile, CarSampler, check_outline


def middle(style):
    return CarProfile(**{name: 0.5 * (low + high) for name, (low, high) in CAR_RANGES[style].items()})


@pytest.mark.parametrize("style", CAR_RANGES)
def test_a_style_has_a_range_for_every_setting(style):
    assert set(CAR_RANGES[style]) == {field.name for field in fields(CarProfile)}


@pytest.mark.parametrize("style", CAR_RANGES)
def test_profiles_at_the_ends_of_their_ranges_are_simple(style, rng):
    for _ in range(40):
        drawn = {name: float(ends[rng.integers(2)]) for name, ends in CAR_RANGES[style].items()}
        for wheels in (True, False):
            corners = CarProfile(**drawn).outline(wheels=wheels)
            check_outline(np.concatenate([corners, corners[:1]]), style)


def test_wheels_stand_on_the_road_and_the_body_above_it():
    profile = middle("notchback")
    with_wheels, without = profile.outline(), profile.outline(wheels=False)
    assert with_wheels[:, 1].min() == pytest.approx(0.0, abs=1e-12)
    assert without[:, 1].min() == pytest.approx(profile.ground_clearance)
    lowest = with_wheels[with_wheels[:, 1] < 1e-9, 0] / profile.length
    np.testing.assert_allclose(lowest, [profile.front_overhang, 1 - profile.rear_overhang])


def test_only_a_notchback_has_a_deck_below_its_roof():
    # Height of the upper side an eighth of the length ahead of the tail.
    heights = {}
    for style in CAR_RANGES:
        corners = middle(style).outline(wheels=False)
        upper = corners[corners[:, 1] > 0.45]
        order = np.argsort(upper[:, 0])
        heights[style] = np.interp(0.9 * upper[:, 0].max(), *upper[order].T)
    assert heights["notchback"] < 0.72 < heights["fastback"] < 0.85 < heights["estate"] < heights["van"]


def test_every_style_occurs_with_and_without_wheels():
    shapes = [CarSampler().sample(7, index) for index in range(100)]
    assert {shape.name for shape in shapes} == set(CAR_RANGES)
    for share, expected in ((0.0, {95}), (1.0, {125})):
        sampler = replace(CarSampler(), wheels=share)
        assert {len(sampler.sample(7, index).outline) for index in range(10)} == expected


def test_place_does_not_enter_the_identifier():
    here, there = (CarSampler(centre_x=(x, x)).sample(1, 2) for x in (0.3, 0.4))
    assert here.identifier == there.identifier
    assert there.bounds[0] - here.bounds[0] == pytest.approx(0.8)


@pytest.mark.parametrize(
    ("setting", "value", "named"),
    [
        ("roundness", 1.5, "roundness"),
        ("windscreen_angle", 90.0, "windscreen_angle"),
        ("wheel_radius", 0.05, "underbody and wheels"),
        ("front_overhang", 0.01, "ends and wheels along the car"),
        ("rear_window_angle", 5.0, "corners of the upper side along the car"),
        ("cowl_height", 0.3, "heights of the front"),
        ("tail_height", 0.9, "heights of the rear"),
    ],
)
def test_profile_that_no_car_has_is_refused(setting, value, named):
    with pytest.raises(InputError, match=rf"^{named}: "):
        replace(middle("notchback"), **{setting: value})


@pytest.mark.parametrize(
    ("field", "value"), [("styles", ()), ("wheels", 1.5), ("height", (1.6, 0.6)), ("max_length", 2.0)]
)
def test_bad_configuration_is_refused_and_named(field, value):
    with pytest.raises(InputError, match=rf"^{field}: "):
        CarSampler(**{field: value})
