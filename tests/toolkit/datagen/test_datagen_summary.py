import tomllib

import numpy as np
import pytest

from emulax.core import resources
from emulax.core.config import digest
from emulax.core.errors import InputError
from emulax.data import SPLITS, Manifest, load_flows
from emulax.datagen import differences, load_recipe, published, read_summaries, summarise, write_summary
from emulax.datagen.summary import TOLERANCE

SHIPPED = sorted(resources.folder("recipes").glob("*/manifest.json"))


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


def test_samples_are_counted_by_split_and_digested(dataset):
    manifest, flows = dataset
    samples = summarise(manifest, flows)["samples"]
    assert samples["number"] == len(manifest.samples()) == sum(samples[split] for split in SPLITS)
    assert samples["sha256"] == digest([[sample.id, sample.geometry_id, sample.split] for sample in manifest.samples()])


def test_written_summary_reads_back_beside_those_of_other_sizes(dataset, tmp_path):
    summary = summarise(*dataset)
    path = tmp_path / "manifest.json"
    write_summary(path, "demo", summary)
    write_summary(path, "small", summary | {"recipe_hash": "another"})
    assert read_summaries(path) == {"demo": summary, "small": summary | {"recipe_hash": "another"}}
    write_summary(path, "small", summary)
    assert read_summaries(path) == {"demo": summary, "small": summary}


@pytest.mark.parametrize("content", ["{", "[]", '{"shards": []}'])
def test_a_file_of_something_else_is_refused_and_kept(dataset, tmp_path, content):
    path = tmp_path / "manifest.json"
    path.write_text(content)
    with pytest.raises(InputError, match="is not a file of summaries"):
        write_summary(path, "demo", summarise(*dataset))
    assert path.read_text() == content


@pytest.mark.parametrize(
    "path", sorted(resources.folder("recipes").glob("*/manifest.json")), ids=lambda p: p.parent.name
)
def test_shipped_summaries_are_of_the_shipped_recipe(path):
    sizes = tomllib.loads((path.parent / "recipe.toml").read_text())["sizes"]
    summaries = read_summaries(path)
    assert set(summaries) <= set(sizes)
    for size, summary in summaries.items():
        recipe = load_recipe(path.parent.name, size=size)
        assert summary["recipe_hash"] == digest(recipe)
        assert summary["samples"]["number"] == recipe.samples


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
    write_summary(tmp_path / "tiny" / "manifest.json", "other", summary | {"recipe_hash": "another"})
    assert published(manifest) is None
    write_summary(tmp_path / "tiny" / "manifest.json", "small", summary)
    assert published(manifest) == summary
