import json

import numpy as np
import pytest

from emulax.core import resources
from emulax.data import Manifest, load_flows
from emulax.datagen import differences, published, summarise, write_summary
from emulax.datagen.summary import TOLERANCE


@pytest.fixture(scope="module")
def dataset(generated):
    return Manifest.read(generated), load_flows(generated)


def test_statistics_are_of_the_fluid_cells_of_the_accepted_flows(dataset):
    manifest, flows = dataset
    statistics = summarise(manifest, flows)["statistics"]
    speed = np.concatenate([np.hypot(*v[m].T) for v, m in zip(flows.velocity, flows.mask, strict=True)])
    assert statistics["accepted"] == len(flows)
    assert statistics["speed_mean"] == pytest.approx(speed.mean(), rel=1e-5)
    assert statistics["drag_coefficient_mean"] == pytest.approx(np.mean(flows.drag_coefficient), rel=1e-5)


def test_samples_are_listed_with_geometry_and_split(dataset):
    manifest, flows = dataset
    listed = summarise(manifest, flows)["samples"]
    assert listed == [[sample.id, sample.geometry_id, sample.split] for sample in manifest.samples()]


def test_written_summary_reads_back(dataset, tmp_path):
    summary = summarise(*dataset)
    write_summary(tmp_path / "manifest.json", summary)
    text = (tmp_path / "manifest.json").read_text()
    assert json.loads(text) == summary
    assert len(text.splitlines()) == 6 + len(summary["samples"])


def test_summary_does_not_differ_from_itself(dataset):
    assert differences(summarise(*dataset), summarise(*dataset)) == []


def test_statistic_may_differ_by_the_tolerance_and_no_more(dataset):
    reference = summarise(*dataset)
    for factor, expected in ((1.0 + 0.9 * TOLERANCE, []), (1.0 + 1.2 * TOLERANCE, ["speed_mean"])):
        other = reference | {"statistics": dict(reference["statistics"])}
        other["statistics"]["speed_mean"] *= factor
        assert [words.split()[0] for words in differences(other, reference)] == expected


@pytest.mark.parametrize("name", ["recipe_hash", "samples"])
def test_another_recipe_or_sample_is_a_difference(dataset, name):
    reference = summarise(*dataset)
    assert differences(reference | {name: "other"}, reference) == [name]


def test_published_summary_is_that_of_the_same_recipe(dataset, tmp_path, monkeypatch):
    manifest, flows = dataset
    summary = summarise(manifest, flows)
    monkeypatch.setattr(resources, "folder", lambda _kind: tmp_path)
    assert published(manifest) is None
    write_summary(tmp_path / "tiny" / "manifest.json", summary)
    assert published(manifest) == summary
    write_summary(tmp_path / "tiny" / "manifest.json", summary | {"recipe_hash": "another"})
    assert published(manifest) is None
