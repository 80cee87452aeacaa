import numpy as np
import pytest

from emulax_lbm import PERIODIC, CaseError, FlowCase, open_box, parabolic, power_law, uniform


def test_uniform_inflow_is_one():
    np.testing.assert_array_equal(uniform((3, 4)), np.ones((3, 4)))


def test_parabola_has_mean_velocity_one_and_peaks_in_the_middle():
    profile = parabolic((401,))
    assert profile.mean() == pytest.approx(1.0, rel=1e-5)
    assert profile.max() == profile[200] == pytest.approx(1.5)
    np.testing.assert_allclose(profile, profile[::-1])


def test_parabola_in_a_duct_is_a_product():
    np.testing.assert_allclose(parabolic((6, 8)), np.outer(parabolic((6,)), parabolic((8,))))


def test_power_law_grows_from_the_bottom_alone():
    profile = power_law((2, 50), exponent=0.25)
    np.testing.assert_array_equal(profile[0], profile[1])
    assert profile[0, 49] / profile[0, 0] == pytest.approx(99.0**0.25)


@pytest.mark.parametrize(
    ("inflow", "problem"),
    [
        (np.ones(5), r"has shape \(5,\), must have \(8,\)"),
        (np.full(8, np.nan), "holds values that are not finite"),
    ],
)
def test_bad_inflow_is_refused(inflow, problem):
    with pytest.raises(CaseError, match=f"^inflow: {problem}"):
        FlowCase(open_box((8, 8)), 10.0, 4, inflow=inflow)


def test_inflow_without_an_inlet_is_refused():
    with pytest.raises(CaseError, match=r"^inflow: is given, but no edge is an inlet"):
        FlowCase(open_box((8, 8)), 10.0, 4, edges=PERIODIC, inflow=np.ones(8))
