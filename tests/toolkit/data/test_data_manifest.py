import dataclasses
import json

import pytest

from emulax.core.config import digest
from emulax.core.errors import InputError
from emulax.data import Manifest, ShardEntry, SplitFractions
from emulax.data.manifest import SampleEntry

MANIFEST = Manifest(
    name="toy",
    recipe={"grid": [64, 128], "reynolds": {"low": 5.0, "high": 30.0}},
    seed=7,
    code_version="0.1.0",
    environment={"jax": "0.10.2", "threads": 2},
    shards=(ShardEntry("shard-00000.nc", "ab" * 32, (SampleEntry("s0", "g0", "test", False, "diverged"),)),),
)


@pytest.fixture
def written(tmp_path):
    MANIFEST.write(tmp_path)
    return tmp_path / "manifest.json"


def _edit(path, **changes):
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_round_trip(written):
    assert Manifest.read(written.parent) == MANIFEST


def test_file_states_version_and_recipe_hash(written):
    values = json.loads(written.read_text())
    assert values["schema_version"] == 3
    assert values["recipe_hash"] == digest(MANIFEST.recipe)


def test_recipe_hash_ignores_the_order_of_keys():
    shuffled = dataclasses.replace(MANIFEST, recipe=dict(reversed(MANIFEST.recipe.items())))
    assert shuffled.recipe_hash == MANIFEST.recipe_hash


def test_other_schema_version_names_both(written):
    _edit(written, schema_version=1)
    with pytest.raises(InputError, match=r"manifest\.json: has schema version 1, supported is 3"):
        Manifest.read(written.parent)


def test_edited_recipe_is_refused(written):
    _edit(written, recipe={"grid": [1, 1]})
    with pytest.raises(InputError, match="does not match its recorded hash"):
        Manifest.read(written.parent)


def test_unknown_split_is_refused(written):
    written.write_text(written.read_text().replace('"test"', '"tset"'))
    with pytest.raises(InputError, match="did you mean 'test'"):
        Manifest.read(written.parent)


@pytest.mark.parametrize(
    ("content", "problem"), [("", "is not JSON"), ("{", "is not JSON"), ("[1]", "is not a manifest"), ("{}", "None")]
)
def test_broken_file_is_refused(tmp_path, content, problem):
    (tmp_path / "manifest.json").write_text(content)
    with pytest.raises(InputError, match=problem):
        Manifest.read(tmp_path)


def test_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"manifest\.json: cannot be read: No such file.*run generate first"):
        Manifest.read(tmp_path)


def test_entry_of_a_shard_lists_every_sample_with_reason(make_flows):
    entry = ShardEntry.of("shard.nc", "cd" * 32, make_flows(2, accepted=False), SplitFractions(1.0, 0.0, 0.0))
    assert entry.samples == (
        SampleEntry("s0000", "shape-0", "train", False, "not steady"),
        SampleEntry("s0001", "shape-0", "train", False, "not steady"),
    )


def test_samples_keep_the_rejected(dataset):
    assert [sample.accepted for sample in Manifest.read(dataset).samples()] == [True] * 4 + [False] * 4 + [True] * 4
