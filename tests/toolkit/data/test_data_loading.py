import shutil
from pathlib import Path

import numpy as np
import pytest

from emulax.core.errors import InputError
from emulax.data import SPLITS, Manifest, data_directory, load_flows


def test_accepted_samples_come_in_order(dataset):
    expected = [f"s{i:04d}" for i in (0, 1, 2, 3, 8, 9, 10, 11)]
    assert list(load_flows(dataset).sample_id) == expected


def test_arrays_match_what_was_written(dataset, make_flows):
    np.testing.assert_array_equal(load_flows(dataset).velocity[4:], make_flows(4, first=8).velocity)


def test_splits_partition_the_accepted_samples(dataset):
    found = {}
    for split in SPLITS:
        wanted = [s.id for s in Manifest.read(dataset).samples() if s.accepted and s.split == split]
        if wanted:
            found[split] = list(load_flows(dataset, split).sample_id)
            assert found[split] == wanted
    assert len(found) > 1


def test_shard_without_a_wanted_sample_is_not_read(dataset):
    (dataset / "shard-00001.nc").unlink()
    assert len(load_flows(dataset)) == 8


def test_unknown_split_suggests_the_near_one(dataset):
    with pytest.raises(InputError, match="did you mean 'validation'"):
        load_flows(dataset, "valid")


def test_missing_directory_is_named(tmp_path):
    with pytest.raises(InputError, match="nowhere: no such dataset directory; run generate first"):
        load_flows(tmp_path / "nowhere")


def test_directory_without_manifest_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"manifest\.json: cannot be read"):
        load_flows(tmp_path)


def test_missing_shard_is_named(dataset):
    (dataset / "shard-00002.nc").unlink()
    with pytest.raises(InputError, match=r"shard-00002\.nc: cannot be read"):
        load_flows(dataset)


def test_swapped_shards_are_found_by_their_checksums(dataset):
    shutil.copy(dataset / "shard-00002.nc", dataset / "shard-00000.nc")
    with pytest.raises(InputError, match=r"shard-00000\.nc: is truncated or damaged"):
        load_flows(dataset)


def test_checksums_can_be_left_out(dataset):
    shutil.copy(dataset / "shard-00002.nc", dataset / "shard-00000.nc")
    assert list(load_flows(dataset, verify=False).sample_id[:4]) == ["s0008", "s0009", "s0010", "s0011"]


def test_truncated_shard_is_named_without_checksums_too(dataset):
    path = dataset / "shard-00002.nc"
    path.write_bytes(path.read_bytes()[:-500])
    with pytest.raises(InputError, match=r"shard-00002\.nc: is truncated or damaged"):
        load_flows(dataset, verify=False)


def test_dataset_without_accepted_samples_says_so(dataset):
    manifest = Manifest.read(dataset)
    Manifest("toy", {}, 7, "0.1.0", {}, manifest.shards[1:2]).write(dataset)
    with pytest.raises(InputError, match="has no accepted sample in split 'test'"):
        load_flows(dataset, "test")


def test_explicit_directory_wins(monkeypatch):
    monkeypatch.setenv("EMULAX_DATA", "/elsewhere")
    assert data_directory("toy", Path("mine")) == Path("mine")


def test_environment_comes_before_the_default(monkeypatch):
    monkeypatch.setenv("EMULAX_DATA", "/elsewhere")
    assert data_directory("toy") == Path("/elsewhere/toy")


def test_default_directory(monkeypatch):
    monkeypatch.delenv("EMULAX_DATA", raising=False)
    assert data_directory("toy") == Path("data/toy")
