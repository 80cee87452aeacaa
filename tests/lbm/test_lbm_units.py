import pytest

from emulax_lbm import CaseError, PhysicalScales

SCALES = PhysicalScales(length=0.1, velocity=0.2, density=3.0)


def test_scales_follow_from_length_velocity_and_density():
    assert SCALES.time == pytest.approx(0.5)
    assert SCALES.rate == pytest.approx(2.0)
    assert SCALES.pressure == pytest.approx(0.12)
    assert SCALES.viscosity(20.0) == pytest.approx(1e-3)


@pytest.mark.parametrize(("dimensions", "expected"), [(2, 0.006), (3, 0.0006)])
def test_force_coefficients_scale_with_the_frontal_length_or_area(dimensions, expected):
    assert SCALES.force(dimensions) == pytest.approx(expected)


@pytest.mark.parametrize("value", [0.0, -1.0, float("inf"), float("nan")])
def test_scale_that_is_not_positive_is_refused(value):
    with pytest.raises(CaseError, match=r"^velocity: is .*, must be a positive number"):
        PhysicalScales(1.0, value, 1.0)
