"""Error bars hold what they say of flows like those that calibrated them, from training to prediction."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from emulax.core.errors import InputError
from emulax.core.resources import folder
from emulax.data import load_flows
from emulax.trust import force_coefficients
from emulax.workflows import error_bars
from emulax.workflows.error_bars import BARS_NAME, ErrorBars, read_error_bars
from emulax.workflows.evaluate import evaluate, evaluation_rows
from emulax.workflows.predict import predict, prediction_rows
from emulax.workflows.runs import load_model
from emulax.workflows.train import SurrogateConfig, train


@pytest.fixture
def flows(dataset):
    found = load_flows(dataset)
    return found.take(np.arange(19) % len(found))


def off_by(flows, errors):
    """The truth, off by one number in each flow's fluid."""
    return flows.fields + np.where(flows.mask[..., None], errors[:, None, None, None], 0).astype(np.float32)


def test_half_width_is_the_error_that_one_flow_in_ten_exceeds(flows, rng):
    errors = rng.permutation(19) + 1.0
    assert ErrorBars.calibrate(off_by(flows, errors), flows).fields == pytest.approx([18.0, 18.0, 18.0], rel=1e-4)


def test_coverage_is_the_share_of_smaller_errors(flows, rng):
    bars = ErrorBars.calibrate(off_by(flows, rng.permutation(19) + 1.0), flows)
    others = np.array([17.0] * 10 + [20.0] * 9)
    assert bars.coverages(off_by(flows, others), flows)["cells"] == pytest.approx(10 / 19)


def test_drag_is_held_relative_to_the_prediction(flows):
    drag = force_coefficients(flows.fields, flows.inputs, cells_per_length=flows.cells_per_length)[:, 0]
    errors = np.sort(np.abs(flows.drag_coefficient - drag) / np.abs(drag))
    assert ErrorBars.calibrate(flows.fields, flows).drag == pytest.approx(errors[17], rel=1e-4)


def test_fields_without_drag_have_error_bars_of_their_own_alone(flows):
    bars = ErrorBars.calibrate(np.zeros_like(flows.fields) * flows.mask[..., None], flows)
    assert (bars.drag, bars.lift) == (None, None)
    assert bars.coverages(flows.fields, flows) == {"cells": 1.0}


def test_too_few_validation_flows_leave_a_run_without_and_are_named(run, dataset, caplog):
    begun, model = load_model(run)
    train(dataset, SurrogateConfig(model.network.config, training=begun.training), out=run)
    assert "the run has no error bars: validation flows: are" in caplog.text
    assert read_error_bars(run) is None


@pytest.fixture(scope="module")
def barred(run, dataset, tmp_path_factory):
    """The run with error bars, as if its few validation flows were enough for bars of a half."""
    copy = shutil.copytree(run, tmp_path_factory.mktemp("barred") / "unet")
    begun, model = load_model(copy)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(error_bars, "COVERAGE", 0.5)
        train(dataset, SurrogateConfig(model.network.config, training=begun.training), out=copy)
    return copy


def test_training_calibrates_them_on_validation_flows(barred, dataset):
    bars, held_out = read_error_bars(barred), load_flows(dataset, "validation")
    assert bars is not None
    assert (bars.coverage, bars.flows) == (0.5, len(held_out))
    fields = load_model(barred)[1].predict(held_out.inputs)
    assert bars.coverages(fields, held_out)["cells"] >= 0.5


def test_predict_gives_the_half_width_of_its_drag(barred, tmp_path):
    bars = read_error_bars(barred)
    found = predict(barred, folder("shapes") / "naca0012.dat", 10.0, out=tmp_path)
    rows = {row.id: row.value for row in prediction_rows(found)}
    assert bars is not None
    assert rows["predict.drag_coefficient.half_width"] == pytest.approx(
        bars.drag * abs(rows["predict.drag_coefficient"])
    )
    assert rows["predict.p.half_width"] == bars.fields[2]


def test_evaluate_measures_what_they_hold(barred):
    rows = {row.id: row.value for row in evaluation_rows(evaluate([barred]))}
    assert 0.0 < rows["evaluate.unet.coverage_cells"] <= 1.0
    assert {"evaluate.unet.coverage_cd", "evaluate.unet.coverage_cl"} <= set(rows)


def test_damaged_error_bars_are_named(barred, tmp_path):
    copy = shutil.copytree(barred, tmp_path / "unet")
    (copy / BARS_NAME).write_text("{")
    with pytest.raises(InputError, match=f"{BARS_NAME}: is damaged"):
        read_error_bars(copy)
