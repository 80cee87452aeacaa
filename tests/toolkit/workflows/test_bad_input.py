"""Bad input to the command line: one clear line, exit status 2, nothing written."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from emulax.cli.main import main
from emulax.core.resources import folder
from emulax.data import Predictions, load_flows, write_predictions

AIRFOIL = folder("shapes") / "naca0012.dat"


@pytest.fixture
def changed_run(run, tmp_path):
    """Copies the run and changes what its `run.json` says."""

    def copy(change: Callable[[dict], object]) -> Path:
        directory = shutil.copytree(run, tmp_path / "run")
        values = json.loads((directory / "run.json").read_text())
        change(values)
        (directory / "run.json").write_text(json.dumps(values))
        return directory

    return copy


def too_late(*_, **__):
    """In place of long work that must not begin."""
    raise AssertionError


def complaint(arguments: list[object], capsys) -> str:
    """The one line that a refused command prints."""
    assert main([str(argument) for argument in arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    (line,) = captured.err.strip().splitlines()
    assert line.startswith("emulax: ")
    return line


def predict_complaint(run: Path, out: Path, shape: Path, capsys, *options: object, reynolds: object = 10) -> str:
    line = complaint(["predict", run, "--shape", shape, "--reynolds", reynolds, "--out", out, *options], capsys)
    assert not out.exists()
    return line


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("missing.dat", None, "missing.dat"),
        ("empty.dat", "", "empty"),
        ("empty.csv", "", "empty"),
        ("crossing.csv", "0,0\n1,1\n1,0\n0,1\n0,0\n", "cross"),
        ("open.csv", "0,0\n1,0\n1,1\n0.4,1.2\n", "open"),
        ("none.stl", "solid none\nendsolid none\n", "triangle"),
        ("shape.txt", "0,0\n", "unknown name"),
    ],
)
def test_a_shape_file_that_is_no_shape(run, tmp_path, capsys, name, content, says):
    path = tmp_path / name
    if content is not None:
        path.write_text(content)
    line = predict_complaint(run, tmp_path / "out", path, capsys)
    assert says in line
    assert name in line


def test_a_mask_without_solid(run, tmp_path, capsys):
    path = tmp_path / "blank.png"
    Image.fromarray(np.full((32, 32), 255, np.uint8)).save(path)
    assert "solid" in predict_complaint(run, tmp_path / "out", path, capsys)


def test_a_shape_larger_than_the_box(run, tmp_path, capsys):
    assert "larger than" in predict_complaint(run, tmp_path / "out", AIRFOIL, capsys, "--length", 9)


def test_a_shape_that_reaches_out_of_the_box(run, tmp_path, capsys):
    assert "must be in" in predict_complaint(run, tmp_path / "out", AIRFOIL, capsys, "--length", 5)


@pytest.mark.parametrize(
    ("reynolds", "says"), [("0", "positive"), ("-3", "positive"), ("nan", "nan"), ("1e6", "cells")]
)
def test_a_reynolds_number_that_cannot_be(run, tmp_path, capsys, reynolds, says):
    line = predict_complaint(run, tmp_path / "out", AIRFOIL, capsys, reynolds=reynolds)
    assert "--reynolds" in line
    assert says in line


@pytest.mark.parametrize(("option", "value"), [("--height", "nan"), ("--length", "-1"), ("--angle", "inf")])
def test_a_parameter_that_is_no_size(run, tmp_path, capsys, option, value):
    predict_complaint(run, tmp_path / "out", AIRFOIL, capsys, option, value)


def test_an_unknown_recipe_names_the_near_one(capsys):
    assert "did you mean 'flow-primitives-2d'" in complaint(["generate", "flow-primitive-2d"], capsys)


def test_a_summary_file_that_holds_something_else(recipe, tmp_path, capsys):
    occupied = tmp_path / "file"
    occupied.write_text("mine")
    line = complaint(["generate", recipe, "--out", tmp_path / "data", "--summary", occupied], capsys)
    assert "not a file of summaries" in line
    assert not (tmp_path / "data").exists()


def test_an_unknown_model_names_the_near_one(dataset, tmp_path, capsys):
    line = complaint(["train", dataset, "--model", "u-net", "--out", tmp_path / "run"], capsys)
    assert "did you mean 'unet'" in line
    assert not (tmp_path / "run").exists()


def test_an_unknown_dataset(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "emulax generate" in complaint(["train", "flow-primitives-2d"], capsys)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda run: run.update(schema_version=99), "schema version 99, supported is 2"),
        (lambda run: run.update(samples=0), "samples: is 0, must be at least 1"),
        (lambda run: run.update(cells_per_length=0), "cells_per_length: is 0, must be at least 1"),
        (lambda run: run["model"].pop("frame"), "model.frame: is missing"),
        (lambda run: run["model"]["frame"].pop("normalisation"), "frame.normalisation: is missing"),
        (lambda run: run["model"]["frame"]["normalisation"]["scale"].pop(), "has 3 offsets and 2 scales"),
        (lambda run: run["model"]["settings"].update(depth=3), "model.settings: unknown name 'depth'"),
    ],
    ids=["schema", "samples", "cells", "frame", "normalisation", "scale", "settings"],
)
def test_a_run_that_cannot_be(changed_run, tmp_path, capsys, change, says):
    copy = changed_run(change)
    line = predict_complaint(copy, tmp_path / "out", AIRFOIL, capsys)
    assert line.startswith(f"emulax: {copy / 'run.json'}: ")
    assert says in line


def test_a_checkpoint_of_another_architecture(changed_run, tmp_path, capsys):
    copy = changed_run(lambda run: run["model"]["settings"].update(widths=[8, 16]))
    assert "belongs to another model" in predict_complaint(copy, tmp_path / "out", AIRFOIL, capsys)


def test_a_run_that_does_not_know_what_it_was_trained_on(run, tmp_path, capsys):
    copy = shutil.copytree(run, tmp_path / "run")
    (copy / "domain.npz").write_bytes(b"PK")
    assert "domain.npz" in predict_complaint(copy, tmp_path / "out", AIRFOIL, capsys)


def test_a_run_whose_files_disagree_on_the_cells(changed_run, tmp_path, capsys):
    copy = changed_run(lambda run: run.update(cells_per_length=16))
    line = predict_complaint(copy, tmp_path / "out", AIRFOIL, capsys)
    assert "domain.npz: has 8 cells in D, but run.json beside it has 16" in line


@pytest.mark.parametrize("name", ["missing.nc", "cells.nc"])
def test_predictions_that_are_not_of_the_dataset(dataset, tmp_path, capsys, name):
    flows = load_flows(dataset, "test")
    predictions = Predictions(flows.sample_id, flows.fields, "")
    write_predictions(tmp_path / "cells.nc", predictions, cells_per_length=16)
    says = {"missing.nc": "no such file", "cells.nc": "has 16 cells in D, must have 8"}[name]
    assert says in complaint(["score", tmp_path / name, "--dataset", dataset], capsys)


def test_a_directory_that_is_no_run(tmp_path, capsys):
    assert "not a run" in complaint(["evaluate", tmp_path], capsys)


def test_no_run_at_all(capsys):
    assert "at least one" in complaint(["evaluate"], capsys)


def test_a_truncated_shard(dataset, tmp_path, capsys):
    copy = tmp_path / "data"
    shutil.copytree(dataset, copy)
    shard = copy / "shard-00001.nc"
    shard.write_bytes(shard.read_bytes()[:1000])
    line = complaint(["train", copy, "--out", tmp_path / "run"], capsys)
    assert "shard-00001.nc" in line
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("command", ["generate", "train", "predict", "report", "demo"])
def test_an_output_path_below_a_regular_file(recipe, dataset, run, tmp_path, capsys, command):
    occupied = tmp_path / "file"
    occupied.write_text("mine")
    arguments = {
        "generate": ["generate", recipe],
        "train": ["train", dataset],
        "predict": ["predict", run, "--shape", AIRFOIL, "--reynolds", 10],
        "report": ["report", run],
        "demo": ["demo"],
    }[command]
    assert "is a file" in complaint([*arguments, "--out", occupied / "below"], capsys)
    assert occupied.read_text() == "mine"


@pytest.mark.parametrize(("path", "says"), [("file/rows.json", "is a file"), ("folder", "is a folder, must be a file")])
def test_rows_asked_for_where_no_file_can_be(tmp_path, monkeypatch, capsys, path, says):
    """Found before minutes of work, not after."""
    monkeypatch.setattr("emulax.workflows.validate.validate_lbm", too_late)
    (tmp_path / "file").write_text("mine")
    (tmp_path / "folder").mkdir()
    line = complaint(["validate", "lbm", "--json", tmp_path / path], capsys)
    assert line.startswith("emulax: --json: ")
    assert says in line


@pytest.mark.parametrize(
    ("option", "value"),
    [("--shape", "missing.dat"), ("--reynolds", "nan"), ("--angle", "inf"), ("--out", "file/below")],
)
def test_bad_arguments_are_found_before_a_model_is_restored(run, tmp_path, monkeypatch, capsys, option, value):
    monkeypatch.setattr("emulax.workflows.predict.load_model", too_late)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("mine")
    options = {"--shape": AIRFOIL, "--reynolds": 10, "--out": "out"} | {option: value}
    complaint(["predict", run, *(part for pair in options.items() for part in pair)], capsys)


def test_a_directory_for_predictions_that_cannot_be_is_found_before_the_evaluation(run, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("emulax.workflows.evaluate.evaluate", too_late)
    (tmp_path / "file").write_text("mine")
    line = complaint(["evaluate", run, "--predictions", tmp_path / "file" / "below"], capsys)
    assert line.startswith("emulax: --predictions: ")
