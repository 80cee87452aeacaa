import pytest

from emulax_lbm.certificate import FORCE_LIMIT, MACH_LIMIT, MASS_LIMIT, Certificate, certify

GOOD = {
    "mach_max": 0.2,
    "mass_drift": 1e-5,
    "residual": 5e-5,
    "relaxation_time": 0.6,
    "force_imbalance": 1e-4,
    "steps": 800,
    "converged": True,
}
STEADY = {"must_converge": True}
TIMED = {"must_converge": False}


def test_good_run_is_accepted_without_reason():
    assert certify(**GOOD, **STEADY) == Certificate(**GOOD, accepted=True, reason="")


@pytest.mark.parametrize(
    ("name", "limit"), [("mach_max", MACH_LIMIT), ("mass_drift", MASS_LIMIT), ("force_imbalance", FORCE_LIMIT)]
)
def test_value_above_its_limit_is_rejected_and_named(name, limit):
    certificate = certify(**GOOD | STEADY | {name: 1.01 * limit})
    assert not certificate.accepted
    assert certificate.reason.startswith(f"{name} ")
    assert certify(**GOOD | STEADY | {name: limit}).accepted


def test_unsteady_run_is_rejected_with_its_residual():
    certificate = certify(**GOOD | STEADY | {"converged": False, "residual": 0.02})
    assert (certificate.accepted, certificate.reason) == (False, "not steady after 800 steps (residual 0.02)")


def test_run_for_a_given_time_need_not_be_steady_nor_its_forces_balanced():
    certificate = certify(**GOOD | TIMED | {"converged": False, "residual": 0.3, "force_imbalance": 0.9})
    assert certificate.accepted
    assert not certificate.converged


def test_run_for_a_given_time_is_rejected_for_its_mass_all_the_same():
    assert not certify(**GOOD | TIMED | {"mass_drift": 0.1}).accepted


def test_every_reason_is_named():
    certificate = certify(**GOOD | STEADY | {"converged": False, "mach_max": 0.5, "mass_drift": 0.1})
    assert [part.split()[0] for part in certificate.reason.split("; ")] == ["not", "mach_max", "mass_drift"]


@pytest.mark.parametrize("name", ["mach_max", "mass_drift", "residual", "force_imbalance"])
@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_run_that_is_not_finite_has_diverged(name, value):
    certificate = certify(**GOOD | STEADY | {name: value})
    assert not certificate.accepted
    assert certificate.reason == "diverged before step 800"
