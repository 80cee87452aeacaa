import numpy as np
import pytest

from emulax.core.errors import InputError
from emulax.metrics import rel_l2
from emulax.trust import StartComparison, compare_starts, verify


@pytest.fixture(scope="module")
def stream(solved):
    """A prediction that knows nothing: the inflow everywhere."""
    fields = np.zeros_like(solved.fields)
    fields[..., 0] = 1.0
    return fields


@pytest.fixture(scope="module")
def from_stream(solved, stream):
    return verify(stream, solved.inputs, cells_per_length=solved.cells_per_length)


@pytest.fixture(scope="module")
def from_truth(solved):
    return verify(solved.fields, solved.inputs, cells_per_length=solved.cells_per_length)


def test_solver_ends_with_its_own_flow_whatever_it_starts_from(solved, from_stream):
    assert all(flow.certificate.accepted for flow in from_stream.flows)
    assert rel_l2(from_stream.fields[..., :2], solved.velocity, solved.mask).max() < 2e-3
    np.testing.assert_allclose(from_stream.fields[..., 2], solved.pressure, atol=5e-3)
    drag = [flow.drag_coefficient for flow in from_stream.flows]
    np.testing.assert_allclose(drag, solved.drag_coefficient, rtol=2e-3)


def test_error_is_that_of_the_prediction(solved, stream, from_stream, from_truth):
    expected = rel_l2(stream[..., :2] * solved.mask[..., None], from_stream.fields[..., :2], solved.mask)
    np.testing.assert_allclose(from_stream.error, expected, rtol=1e-6)
    assert from_truth.error.max() < 2e-3


def test_good_prediction_saves_steps(from_stream, from_truth):
    for slow, quick in zip(from_stream.flows, from_truth.flows, strict=True):
        assert quick.certificate.steps < 0.5 * slow.certificate.steps


def test_what_a_prediction_holds_in_the_solid_does_not_matter(solved, from_truth):
    spoilt = np.where(solved.mask[..., None], solved.fields, np.nan)
    found = verify(spoilt, solved.inputs, cells_per_length=solved.cells_per_length)
    np.testing.assert_array_equal(found.fields, from_truth.fields)


def test_prediction_that_is_not_finite_is_refused(solved):
    spoilt = solved.fields.copy()
    spoilt[0, 0, 0] = np.nan
    with pytest.raises(InputError, match=r"^fields: are not finite"):
        verify(spoilt, solved.inputs, cells_per_length=solved.cells_per_length)


def test_starts_are_compared_by_their_steps_to_the_end(solved):
    """A prediction of the flow itself is there from the beginning."""
    found = compare_starts(lambda inputs: solved.fields, solved, look_every=40)
    assert found.steps["predicted"].tolist() == [0, 0]
    assert np.all(found.steps["coarse"] < found.steps["uniform"])
    assert np.all(found.steps["uniform"] % 40 == 0)
    assert np.all(found.steps["uniform"] > 400)
    assert found.seconds_per_step > 0.0
    assert found.preparation["uniform"] == 0.0
    assert found.preparation["coarse"] > 0.0


def test_a_start_that_diverges_never_arrives(solved):
    found = compare_starts(lambda inputs: np.full_like(solved.fields, 8.0), solved, look_every=40, max_time=3.0)
    assert np.all(found.steps["predicted"] >= found.steps["uniform"])


def test_starts_from_what_is_not_finite_are_refused(solved):
    with pytest.raises(InputError, match=r"^fields: are not finite"):
        compare_starts(lambda inputs: np.full_like(solved.fields, np.nan), solved, max_time=3.0)


def test_time_counts_steps_and_what_comes_before_them():
    steps = {"uniform": np.array([1000, 3000]), "predicted": np.array([400, 600])}
    found = StartComparison(3e-3, steps, {"uniform": 0.0, "predicted": 0.1}, 1e-3)
    assert found.seconds("predicted") == pytest.approx(0.6)
    assert found.time_ratio() == pytest.approx(0.3)
    assert found.time_ratio("uniform", against="predicted") == pytest.approx(1.0 / 0.3)
