import numpy as np
import pytest

from emulax import metrics
from emulax.trust import field_errors, score

METRICS = ["rel_l2", "pointwise", "perturbation", "wall_band", "pressure"]


def test_truth_scores_zero_in_every_metric(test):
    (row,) = score({"truth": lambda inputs: test.fields}, test)
    assert row.means == dict.fromkeys(METRICS, 0.0)


def test_predictors_keep_their_names_and_order(test):
    rows = score({"b": lambda inputs: test.fields, "a": lambda inputs: 2 * test.fields}, test)
    assert [row.name for row in rows] == ["b", "a"]
    assert rows[1].means["rel_l2"] == pytest.approx(1.0)


def test_errors_are_per_sample_and_in_order(test):
    factor = 1 + np.arange(len(test), dtype=np.float32)[:, None, None, None] / 10
    errors = field_errors(factor * test.fields, test)
    for name in ("rel_l2", "wall_band", "pressure"):
        np.testing.assert_allclose(errors[name], np.arange(len(test)) / 10, rtol=1e-4, atol=1e-6)


def test_wall_band_uses_the_flows_resolution(test):
    predicted = test.fields.copy()
    predicted[test.sdf * test.cells_per_length > 3] = 0
    assert field_errors(predicted, test)["wall_band"].max() == 0


def test_pressure_is_the_third_channel(test):
    predicted = test.fields.copy()
    predicted[..., 2] *= 2
    errors = field_errors(predicted, test)
    np.testing.assert_allclose(errors["pressure"], 1.0, rtol=1e-6)
    np.testing.assert_array_equal(errors["rel_l2"], np.zeros(len(test)))


def test_predictor_sees_inputs_only(test):
    def spy(inputs):
        assert not hasattr(inputs, "velocity")
        return test.fields

    score({"spy": spy}, test)


def test_table_and_metrics_agree(test):
    predicted = np.float32(0.9) * test.fields
    expected = metrics.perturbation(predicted[..., :2], test.velocity, test.mask)
    np.testing.assert_array_equal(field_errors(predicted, test)["perturbation"], expected)
