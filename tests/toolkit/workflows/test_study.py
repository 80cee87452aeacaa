"""Many trainings, measured: what is done is read, and what is read is what was measured."""

from __future__ import annotations

import shutil
from dataclasses import replace

import numpy as np
import pytest

from emulax.core.errors import InputError
from emulax.data import load_flows, split_of
from emulax.datagen import load_recipe
from emulax.models.sdf_flow import UNetConfig
from emulax.training.step import make_step
from emulax.trust import field_errors
from emulax.workflows import speed
from emulax.workflows.runs import Run, load_model
from emulax.workflows.speed import solve_on_grids
from emulax.workflows.study import measure, measure_nulls, run_study
from emulax.workflows.train import SurrogateConfig, train
from emulax.workflows.training_data import TrainingData


@pytest.fixture
def study(run, dataset, tmp_path):
    """A study whose only training is done."""
    shutil.copytree(run, tmp_path / "tiny-seed0")
    held_out = {"test": load_flows(dataset, "test")}
    return lambda: run_study(_tiny(run), (0,), dataset=dataset, held_out=held_out, out=tmp_path)["tiny"][0]["test"]


def _tiny(run):
    network = UNetConfig(widths=(8, 8), blocks=1, mixing_heads=0)
    return {"tiny": SurrogateConfig(network, training=Run.read(run).training)}


def test_a_study_measures_every_run(study, run, dataset):
    flows, measured = load_flows(dataset, "test"), study()
    expected = field_errors(load_model(run)[1].predict(flows.inputs), flows)
    for metric, values in expected.items():
        np.testing.assert_allclose(measured.errors[metric], values, rtol=1e-5)
    assert measured.forces.shape == (len(flows), 2)
    assert measured.sensitivity.error == pytest.approx(measured.means["rel_l2"], rel=1e-5)


def test_what_was_measured_is_read_the_next_time(study, tmp_path, monkeypatch):
    measured = study()
    monkeypatch.setattr("emulax.workflows.study.measure", None)
    again = study()
    np.testing.assert_array_equal(again.forces, measured.forces)
    assert again.means == measured.means
    assert again.sensitivity == measured.sensitivity


def test_what_was_measured_on_other_flows_is_measured_again(study, run, dataset, tmp_path):
    study()
    flows = load_flows(dataset, "test")
    doubled = replace(flows, velocity=2 * flows.velocity)
    again = run_study(_tiny(run), (0,), dataset=dataset, held_out={"test": doubled}, out=tmp_path)["tiny"][0]["test"]
    assert again.means["rel_l2"] == pytest.approx(measure("", load_model(run)[1].predict, doubled).means["rel_l2"])


@pytest.mark.parametrize("damage", [lambda whole: b"", lambda whole: whole[:-40], lambda whole: b"measured"])
def test_what_was_damaged_is_measured_again(study, tmp_path, damage):
    measured = study()
    path = tmp_path / "tiny-seed0" / "measured" / "test.npz"
    path.write_bytes(damage(path.read_bytes()))
    again = study()
    assert again.means == pytest.approx(measured.means, rel=1e-5)


def test_null_models_are_measured_like_models(dataset):
    flows = load_flows(dataset, "test")
    found = measure_nulls(dataset, {"test": flows})
    (nearest,) = found["nearest neighbour"]
    assert 0 < nearest["test"].means["rel_l2"] < 1


@pytest.mark.native
def test_coarser_grids_err_more(recipe):
    fine, coarse = solve_on_grids(load_recipe(recipe, reynolds=[5.0, 12.0]), 2, coarser=(1, 2))
    assert (fine.grid, coarse.grid, fine.error) == ((32, 64), (16, 32), 0.0)
    assert 0.01 < coarse.error < 0.3


@pytest.mark.native
def test_only_flows_that_become_steady_are_solved(recipe, monkeypatch):
    """Of the first flows, those whose number is odd are made out to be unsteady."""
    solve = speed.solve_flows

    def solve_half(shapes, reynolds, **options):
        flows = solve(shapes, reynolds, **options)
        accepted = np.arange(len(flows)) % 2 == 0
        return replace(flows, certificate=replace(flows.certificate, accepted=accepted))

    monkeypatch.setattr(speed, "solve_flows", solve_half)
    recipe = load_recipe(recipe, reynolds=[5.0, 12.0])
    (found,) = solve_on_grids(recipe, 3, split="train", coarser=(2,))
    drawn = [recipe.sample(index)[0].identifier for index in range(60)]
    expected = [name for name in drawn if split_of(name, recipe.splits) == "train"]
    assert found.flows.geometry_id.tolist() == [expected[index] for index in (0, 2, 3)]


def test_the_first_flows_of_a_dataset_are_what_is_trained_on(dataset):
    data = TrainingData.read(dataset)
    first = data.first(3)
    np.testing.assert_array_equal(first.flows.sample_id, data.flows.sample_id[:3])
    np.testing.assert_array_equal(first.held_out.sample_id, data.held_out.sample_id)
    assert len(first.domain.codes) == 3


def test_more_flows_than_there_are_cannot_be_trained_on(dataset):
    data = TrainingData.read(dataset)
    with pytest.raises(InputError, match="samples: is 1000, must be 1 to"):
        data.first(1000)


def test_trainings_that_differ_in_their_seed_compile_once(run, dataset, tmp_path):
    config = _tiny(run)["tiny"]
    train(dataset, config, out=tmp_path / "a", seed=5)
    before = make_step.cache_info()
    train(dataset, config, out=tmp_path / "b", seed=6)
    after = make_step.cache_info()
    assert (after.hits - before.hits, after.misses - before.misses) == (1, 0)
    assert (tmp_path / "a/metrics.csv").read_text() != (tmp_path / "b/metrics.csv").read_text()
