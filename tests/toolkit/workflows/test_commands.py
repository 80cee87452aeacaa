"""The commands end to end on a tiny dataset."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace

import meshio
import numpy as np
import pytest
import xarray as xr
from PIL import Image

from emulax.cli.main import main
from emulax.core.errors import InputError
from emulax.core.resources import folder
from emulax.data import load_flows
from emulax.data.stresses import read_stress_flow
from emulax.datagen import load_recipe, read_summaries
from emulax.models.sdf_flow import UNetConfig
from emulax.trust import NearestNeighbour, score
from emulax.workflows import demo
from emulax.workflows.evaluate import evaluate, evaluation_rows, write_evaluated
from emulax.workflows.generate import generate
from emulax.workflows.predict import predict, prediction_rows
from emulax.workflows.report import report
from emulax.workflows.runs import Run, load_model, read_domain
from emulax.workflows.score import physics_rows
from emulax.workflows.train import SurrogateConfig, train

AIRFOIL = folder("shapes") / "naca0012.dat"


@pytest.fixture(scope="module")
def prediction(run, tmp_path_factory):
    return predict(run, AIRFOIL, 10.0, out=tmp_path_factory.mktemp("predictions") / "airfoil", verify=True)


@pytest.fixture(scope="module")
def evaluation(run):
    return evaluate([run])


def rows_of(prediction):
    return {row.id: row for row in prediction_rows(prediction)}


def test_generate_lists_every_sample_with_its_split(dataset):
    manifest = json.loads((dataset / "manifest.json").read_text())
    samples = [sample for shard in manifest["shards"] for sample in shard["samples"]]
    assert [sample["id"] for sample in samples] == [f"tiny/{i:06d}" for i in range(12)]
    assert {sample["split"] for sample in samples} == {"train", "validation", "test"}


def test_generate_writes_the_summary_of_its_size_beside_others(recipe, dataset, tmp_path):
    path = tmp_path / "summaries.json"
    path.write_text('{"demo": {"recipe_hash": "another"}}')
    generate(str(recipe), out=dataset, summary=path)
    summaries = read_summaries(path)
    assert list(summaries) == ["demo", "small"]
    assert summaries["small"]["samples"]["number"] == 12


@pytest.fixture
def turbulence(tmp_path):
    """The recipe of a turbulent flow on few cells."""
    path = tmp_path / "recipe.toml"
    path.write_text(
        'name = "toy"\nsection = "duct"\n[sizes.small]\nreynolds = 60.0\nhalf_height = 4\nlength = 1.0\nwidth = 1.0\n'
        "settle = 0.01\naverage = 0.02\nsamples = 9\n"
    )
    return path


@pytest.mark.slow
def test_generate_averages_a_turbulent_flow(turbulence, tmp_path):
    assert main(["generate", str(turbulence), "--out", str(tmp_path / "data"), "--samples", "2"]) == 0
    assert read_stress_flow(tmp_path / "data" / "toy.nc").facts["samples"] == 2


def test_a_turbulent_flow_has_no_summary(turbulence, tmp_path, capsys):
    arguments = ["generate", str(turbulence), "--out", str(tmp_path / "data"), "--summary", str(tmp_path / "s.json")]
    assert main(arguments) == 2
    assert "--summary: goes with datasets of many flows" in capsys.readouterr().err
    assert not (tmp_path / "data").exists()


def test_the_demo_generates_the_few_hundred_flows_of_its_size():
    assert load_recipe(demo.RECIPE, size=demo.SIZE).samples == 384


def test_a_finished_training_is_only_read(dataset, run):
    before = {path: path.stat().st_mtime_ns for path in run.rglob("*")}
    begun, model = load_model(run)
    _, result = train(dataset, SurrogateConfig(model.network.config, training=begun.training), out=run)
    assert result.epochs == 2
    assert before == {path: path.stat().st_mtime_ns for path in run.rglob("*")}


def test_train_refuses_a_directory_with_another_run(dataset, run):
    wider = SurrogateConfig(UNetConfig(widths=(8, 16), mixing_heads=0), training=Run.read(run).training)
    with pytest.raises(InputError, match="another"):
        train(dataset, wider, out=run)


def test_a_file_of_predictions_scores_as_the_run_that_made_it(evaluation, dataset, tmp_path):
    write_evaluated(evaluation, tmp_path)
    assert (
        main(["score", str(tmp_path / "unet.nc"), "--dataset", str(dataset), "--json", str(tmp_path / "s.json")]) == 0
    )
    rows = {row["id"]: row["value"] for row in json.loads((tmp_path / "s.json").read_text())["rows"]}
    assert rows["score.rel_l2"] == pytest.approx(evaluation.mean("unet"), rel=1e-6)
    evaluated = {row.id: row.value for row in evaluation_rows(evaluation)}
    for name in ("cd_error", "cl_error", "divergence", "no_slip"):
        assert rows[f"score.{name}"] == pytest.approx(evaluated[f"evaluate.unet.{name}"], rel=1e-6)
    assert {"score.cd_partial_spearman", "score.cd_spearman_beyond_size"} <= set(rows)


def test_ranks_of_too_few_flows_have_no_value_but_the_reason(dataset):
    flows = load_flows(dataset, "test").take(slice(2))
    reasons = {row.id: row.reason for row in physics_rows("truth", flows.fields, flows)}
    assert reasons["truth.cd_partial_spearman"] == "too few flows to rank, or the size explains all drags"
    assert reasons["truth.cd_error"] == "2 flows"


def test_evaluate_refuses_flows_on_other_cells(run, tmp_path):
    copy = shutil.copytree(run, tmp_path / "run")
    begun = json.loads((copy / "run.json").read_text())
    (copy / "run.json").write_text(json.dumps(begun | {"cells_per_length": 16}))
    with pytest.raises(InputError, match="8 in D, but unet was trained on 64 x 32 with 16"):
        evaluate([copy])


def test_evaluate_scores_models_and_nulls_on_the_test_split(evaluation, dataset):
    assert [score.name for score in evaluation.scores][1:] == [
        "mean field",
        "nearest neighbour",
        "POD + Gaussian process",
    ]
    assert evaluation.best == "unet"
    expected = load_flows(dataset, "test")
    np.testing.assert_array_equal(evaluation.flows.sample_id, expected.sample_id)
    rows = {row.id: row for row in evaluation_rows(evaluation)}
    assert rows["evaluate.unet.rel_l2"].value == pytest.approx(evaluation.mean("unet"))
    # Two epochs on six flows beat nothing: the table must say so.
    assert rows["evaluate.unet.vs_best_null"].passed is False
    assert "loses to" in rows["evaluate.unet.vs_best_null"].reason


def test_the_forces_and_residuals_of_true_fields_are_right(evaluation):
    true = replace(evaluation, predictions={"unet": evaluation.flows.fields})
    rows = {row.id: row for row in evaluation_rows(true)}
    assert rows["evaluate.unet.cd_error"].value < 0.05
    assert rows["evaluate.unet.cl_error"].value < 0.05
    assert rows["evaluate.unet.divergence"].value < 0.1
    assert rows["evaluate.unet.no_slip"].value < 0.2


def test_forces_that_have_no_room_leave_the_other_rows(evaluation):
    near = replace(evaluation.flows, sdf=evaluation.flows.sdf - np.float32(1.0))
    rows = {row.id: row for row in evaluation_rows(replace(evaluation, flows=near))}
    assert rows["evaluate.unet.cd_error"].value is None
    assert "of an edge of the box" in rows["evaluate.unet.cd_error"].reason
    assert rows["evaluate.unet.divergence"].value is not None


def test_on_the_training_flows_a_null_that_stores_them_is_no_measure(run):
    rows = {row.id: row for row in evaluation_rows(evaluate([run], split="train"))}
    assert rows["evaluate.nearest_neighbour.rel_l2"].value == 0.0
    assert rows["evaluate.unet.vs_best_null"].passed is None


def test_null_models_know_no_more_flows_than_the_run(run, dataset, tmp_path):
    copy = shutil.copytree(run, tmp_path / "run")
    begun = json.loads((copy / "run.json").read_text())
    (copy / "run.json").write_text(json.dumps(begun | {"name": "fewer", "samples": 2}))
    known, held_out = load_flows(dataset, "train").take(slice(2)), load_flows(dataset, "test")
    (expected,) = score({"nearest neighbour": NearestNeighbour.fit(known).predict}, held_out)
    assert evaluate([copy]).mean("nearest neighbour") == pytest.approx(expected.means["rel_l2"])
    with pytest.raises(InputError, match="were trained on different numbers of flows"):
        evaluate([run, copy])


def test_a_run_and_its_dataset_can_be_moved_together(run, tmp_path):
    (tmp_path / "before" / "data").mkdir(parents=True)
    placed = replace(Run.read(run), dataset=str(tmp_path / "before" / "data"))
    placed.write(tmp_path / "before" / "run")
    (tmp_path / "before").rename(tmp_path / "after")
    assert Run.read(tmp_path / "after" / "run").dataset == str(tmp_path / "after" / "data")


def test_a_moved_dataset_is_the_one_of_the_training_still(evaluation, run, dataset, tmp_path):
    lost = replace(Run.read(run), dataset=str(tmp_path / "gone"))
    copy = shutil.copytree(run, tmp_path / "run")
    lost.write(copy)
    assert evaluate([copy], dataset=dataset).mean("nearest neighbour") == evaluation.mean("nearest neighbour")
    with pytest.raises(InputError, match=r"gone: held the dataset that unet was trained on.*--dataset"):
        evaluate([copy])


def test_runs_on_datasets_of_different_recipes_are_not_compared(run, tmp_path):
    copy = shutil.copytree(run, tmp_path / "run")
    replace(Run.read(run), name="other", recipe_hash="another").write(copy)
    with pytest.raises(InputError, match="were trained on different datasets"):
        evaluate([run, copy])


def test_evaluate_refuses_the_same_run_twice(run):
    with pytest.raises(InputError, match="share a name"):
        evaluate([run, run])


def test_predict_writes_netcdf_vtu_and_png_that_agree(prediction):
    stem = prediction.directory / "naca0012"
    with xr.open_dataset(stem.with_suffix(".nc"), engine="h5netcdf") as found:
        np.testing.assert_array_equal(found["velocity"].values, prediction.fields[..., :2])
    cells = meshio.read(stem.with_suffix(".vtu")).cell_data["velocity"][0]
    np.testing.assert_array_equal(cells[:, :2].reshape(32, 64, 2), prediction.fields[..., :2])
    with Image.open(stem.with_suffix(".png")) as picture:
        assert min(picture.size) > 200


def test_verification_compares_with_a_steady_flow_of_the_solver(prediction):
    truth = prediction.truth
    assert truth.certificate.converged[0]
    error = np.linalg.norm(prediction.fields[..., :2] - truth.velocity[0]) / np.linalg.norm(truth.velocity[0])
    assert prediction.errors["rel_l2"] == pytest.approx(error, rel=1e-4)
    assert min(prediction.solver_seconds, prediction.verify_seconds) > 0.0


def test_the_forces_of_the_solvers_fields_are_the_solvers(prediction):
    rows = rows_of(replace(prediction, fields=prediction.truth.fields[0]))
    for force in ("drag_coefficient", "lift_coefficient"):
        assert rows[f"predict.{force}"].value == pytest.approx(rows[f"predict.solver.{force}"].value, abs=0.05)


def test_a_uniform_stream_conserves_mass_and_slips_at_the_wall(prediction):
    rows = rows_of(replace(prediction, fields=np.full_like(prediction.fields, 1.0)))
    assert rows["predict.divergence"].value == pytest.approx(0.0, abs=1e-6)
    assert rows["predict.no_slip"].value == pytest.approx(np.sqrt(2.0), rel=1e-5)


def test_forces_of_a_shape_near_the_edge_have_a_reason_in_place_of_a_value(run, tmp_path):
    rows = rows_of(predict(run, AIRFOIL, 10.0, out=tmp_path / "out", length=4.2))
    assert rows["predict.drag_coefficient"].value is None
    assert "of an edge of the box" in rows["predict.lift_coefficient"].reason


def test_a_reference_that_is_not_accepted_is_said_to_be_none(prediction):
    truth = prediction.truth
    certificate = replace(truth.certificate, accepted=np.array([False]), reason=np.array(["diverged"]))
    rows = rows_of(replace(prediction, truth=replace(truth, certificate=certificate)))
    assert (rows["predict.solver.accepted"].value, rows["predict.solver.accepted"].reason) == (0.0, "diverged")
    for row in ("solver.seconds", "verify.seconds", "speedup", "solver.drag_coefficient", "error.rel_l2"):
        assert rows[f"predict.{row}"].reason.endswith("the solver's flow is not accepted")


def test_an_accepted_reference_is_not_doubted(prediction):
    rows = rows_of(prediction)
    assert rows["predict.solver.accepted"].value == 1.0
    assert not any("not accepted" in row.reason for row in rows.values())


def test_the_verdict_says_how_often_it_is_wrong(prediction, dataset):
    calibration = len(load_flows(dataset, "validation"))
    reason = rows_of(prediction)["predict.out_of_distribution.p_value"].reason
    assert reason.endswith(
        f"; asked for at most {100 / (calibration + 1):.2g} % false alarms, {calibration} calibration flows"
    )


def test_training_warns_of_many_false_alarms(dataset, run, tmp_path, caplog):
    copy = shutil.copytree(run, tmp_path / "run")
    (copy / "domain.npz").unlink()
    begun, model = load_model(copy)
    train(dataset, SurrogateConfig(model.network.config, training=begun.training), out=copy)
    assert "validation flows are too few" in caplog.text


def test_an_airfoil_at_incidence_lifts(run, tmp_path):
    # Nose up turns the airfoil clockwise in a flow from the left, and lift is up.
    found = predict(run, AIRFOIL, 20.0, out=tmp_path / "up", angle=10.0, verify=True)
    assert found.truth.lift_coefficient[0] > 0.1


def test_predict_warns_outside_the_training_range(run, tmp_path, caplog):
    predict(run, AIRFOIL, 40.0, out=tmp_path / "out")
    assert "outside the training range" in caplog.text


def test_training_flows_are_in_the_distribution_that_their_run_knows(run, dataset):
    verdicts = read_domain(run, Run.read(run)).judge(load_flows(dataset, "train").inputs)
    np.testing.assert_allclose(verdicts.score, 0, atol=1e-3)
    assert not verdicts.out_of_distribution.any()


@pytest.mark.parametrize(("options", "status"), [([], 0), (["--strict"], 3)])
def test_strict_ends_with_three_out_of_distribution(run, tmp_path, capsys, options, status):
    command = ["predict", str(run), "--shape", str(AIRFOIL), "--reynolds", "15", "--out", str(tmp_path / "out")]
    assert main([*command, *options]) == status
    assert "out of distribution" in capsys.readouterr().out
    assert (tmp_path / "out" / "naca0012.nc").exists()


def test_report_is_one_page_with_the_error_table(run, tmp_path):
    page = report([run], out=tmp_path / "report.html").read_text()
    assert "nearest neighbour" in page
    assert "naca" not in re.sub(r"base64,[^\"]*", "", page)  # by chance, an image may spell it


def test_the_exit_status_tells_of_a_failed_row(run, tmp_path, capsys):
    assert main(["evaluate", str(run), "--json", str(tmp_path / "rows.json")]) == 1
    document = json.loads((tmp_path / "rows.json").read_text())
    assert document["pass"] is False
    assert {row["id"] for row in document["rows"]} > {"evaluate.unet.rel_l2", "evaluate.nearest_neighbour.rel_l2"}
    assert "evaluate.unet.rel_l2" in capsys.readouterr().out


def test_doctor_passes_here(capsys):
    assert main(["doctor"]) == 0
    assert "doctor.computes" in capsys.readouterr().out
