import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

from emulax.core.errors import InputError
from emulax.data import Manifest, read_shard, split_of
from emulax.datagen import generate_dataset, generation
from emulax_lbm import SteadyOptions

SHARDS = ("shard-00000.nc", "shard-00001.nc")


def _bytes(directory: Path) -> dict[str, bytes]:
    """Every file that must repeat; the log holds times."""
    return {path.name: path.read_bytes() for path in sorted(directory.iterdir()) if path.name != "log.jsonl"}


def _interrupt(monkeypatch, name: str, call: int) -> None:
    """Let the given call of a function of the room end the process, as far as a test can."""
    calls, original = iter(range(call)), getattr(generation, name)

    def function(*arguments, **settings):
        if next(calls, None) is None:
            raise KeyboardInterrupt
        return original(*arguments, **settings)

    monkeypatch.setattr(generation, name, function)


def test_manifest_lists_every_sample_in_order_with_its_split(generated, tiny):
    manifest, recipe = Manifest.read(generated), tiny()
    assert [entry.file for entry in manifest.shards] == list(SHARDS)
    assert [sample.id for sample in manifest.samples()] == ["tiny/000000", "tiny/000001", "tiny/000002"]
    for index, sample in enumerate(manifest.samples()):
        assert sample.geometry_id == recipe.sample(index)[0].identifier
        assert sample.split == split_of(sample.geometry_id, recipe.splits)


def test_returned_manifest_is_the_one_written(tiny, copy):
    assert generate_dataset(tiny(), copy) == Manifest.read(copy)


def test_shards_hold_the_recipe_s_samples(generated, tiny):
    recipe = tiny()
    flows = [read_shard(generated / name) for name in SHARDS]
    assert [len(part) for part in flows] == [2, 1]
    expected = [np.float32(recipe.sample(index)[1]) for index in range(3)]
    assert np.concatenate([part.reynolds for part in flows]).tolist() == expected
    assert all((part.sdf.shape[1:], part.cells_per_length) == ((32, 64), 8) for part in flows)


def test_dataset_holds_no_times_and_no_paths(generated):
    files = _bytes(generated)
    assert set(files) == {*SHARDS, "manifest.json"}
    for content in files.values():
        assert str(generated).encode() not in content
    assert not {"seconds", "time", "date", "host"} & set(json.loads(files["manifest.json"]))


def test_log_tells_the_seconds_of_each_shard(generated):
    lines = [json.loads(line) for line in (generated / "log.jsonl").read_text().splitlines()]
    assert [line["file"] for line in lines] == list(SHARDS)
    assert all(line["seconds"] > 0 for line in lines)


def test_another_run_writes_the_same_bytes(generated, tiny, tmp_path):
    generate_dataset(tiny(), tmp_path / "again")
    assert _bytes(tmp_path / "again") == _bytes(generated)


@pytest.mark.parametrize(
    ("name", "call"),
    [("solve_flows", 0), ("write_shard", 0), ("solve_flows", 1), ("write_shard", 1), ("append_line", 1)],
)
def test_interrupted_run_goes_on_to_the_same_bytes(generated, tiny, tmp_path, monkeypatch, name, call):
    with monkeypatch.context() as patch:
        _interrupt(patch, name, call)
        with pytest.raises(KeyboardInterrupt):
            generate_dataset(tiny(), tmp_path / "twice")
    assert len(Manifest.read(tmp_path / "twice").shards) == call
    generate_dataset(tiny(), tmp_path / "twice")
    assert _bytes(tmp_path / "twice") == _bytes(generated)


def test_finished_shards_are_not_solved_again(tiny, copy, monkeypatch):
    before = _bytes(copy)
    _interrupt(monkeypatch, "solve_flows", 0)
    generate_dataset(tiny(), copy)
    assert _bytes(copy) == before


@pytest.mark.parametrize("name", SHARDS)
def test_missing_shard_is_made_again_and_only_that(generated, tiny, copy, monkeypatch, name):
    (copy / name).unlink()
    _interrupt(monkeypatch, "solve_flows", 1)
    generate_dataset(tiny(), copy)
    assert _bytes(copy) == _bytes(generated)


def test_resuming_never_forgets_a_finished_shard(tiny, copy, monkeypatch):
    """Killed while it makes the first shard again, a run still knows the second."""
    (copy / SHARDS[0]).unlink()
    _interrupt(monkeypatch, "append_line", 0)
    with pytest.raises(KeyboardInterrupt):
        generate_dataset(tiny(), copy)
    assert [entry.file for entry in Manifest.read(copy).shards] == list(SHARDS)


@pytest.mark.parametrize("missing", [None, SHARDS[0]])
def test_manifest_that_is_right_is_not_written_again(tiny, copy, monkeypatch, missing):
    """A manifest that lists the shards one by one would, for a while, list fewer than there are."""
    if missing:
        (copy / missing).unlink()
    written = []
    monkeypatch.setattr(Manifest, "write", lambda self, _directory: written.append(self))
    generate_dataset(tiny(), copy)
    assert written == []


def test_leftovers_of_a_killed_writer_are_removed(generated, tiny, copy):
    (copy / ".partial-shard-00001.nc.abc.nc").write_bytes(b"half")
    generate_dataset(tiny(), copy)
    assert _bytes(copy) == _bytes(generated)


@pytest.mark.parametrize(
    "damage", [lambda content: content[:-100], lambda content: content[:500] + b"\0" + content[501:]]
)
def test_damaged_shard_is_refused_and_nothing_touched(tiny, copy, damage):
    path = copy / SHARDS[0]
    path.write_bytes(damage(path.read_bytes()))
    before = _bytes(copy)
    with pytest.raises(InputError, match=r"shard-00000\.nc: is truncated or damaged; delete it"):
        generate_dataset(tiny(), copy)
    assert _bytes(copy) == before


@pytest.mark.parametrize("changes", [{"seed": 6}, {"samples": 4}, {"steady": SteadyOptions()}])
def test_directory_of_another_recipe_is_refused_and_nothing_touched(tiny, copy, changes):
    before = _bytes(copy)
    with pytest.raises(InputError, match="holds a dataset of another recipe; choose another --out"):
        generate_dataset(tiny(**changes), copy)
    assert _bytes(copy) == before


def _elsewhere(recipe) -> dict:
    return generation_environment(recipe) | {"threads": 99}


generation_environment = generation._environment


def test_another_environment_is_refused_and_named(tiny, copy, monkeypatch):
    (copy / SHARDS[1]).unlink()
    monkeypatch.setattr(generation, "_environment", _elsewhere)
    with pytest.raises(InputError, match=r"begun in another environment \(threads differ\).*--allow-different"):
        generate_dataset(tiny(), copy)


def test_finished_dataset_is_taken_whatever_the_environment(tiny, copy, monkeypatch):
    before = _bytes(copy)
    monkeypatch.setattr(generation, "_environment", _elsewhere)
    generate_dataset(tiny(), copy)
    assert _bytes(copy) == before


def test_another_environment_is_allowed_on_demand_and_the_first_one_stays_recorded(tiny, copy, monkeypatch):
    begun = Manifest.read(copy).environment
    (copy / SHARDS[1]).unlink()
    monkeypatch.setattr(generation, "_environment", _elsewhere)
    assert generate_dataset(tiny(), copy, allow_different=True).environment == begun


def test_environment_is_what_the_bytes_depend_on(generated):
    environment = Manifest.read(generated).environment
    assert {"jax", "jaxlib", "numpy", "h5py"} <= set(environment["versions"])
    assert environment["threads"] == len(os.sched_getaffinity(0))
    assert environment["platform"] == "cpu"
    assert environment["kind"]


def test_output_below_a_file_is_refused_and_nothing_written(tiny, tmp_path):
    (tmp_path / "file").write_text("here")
    with pytest.raises(InputError, match=rf"^--out: {tmp_path}/file is a file"):
        generate_dataset(tiny(), tmp_path / "file" / "data")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_rejected_samples_stay_listed_with_their_reason(tiny, tmp_path):
    recipe = tiny(samples=2, steady=SteadyOptions(tolerance=1e-9, max_time=2.0, batch=2, coarse_start=False))
    samples = generate_dataset(recipe, tmp_path / "rejected").samples()
    assert [sample.accepted for sample in samples] == [False, False]
    assert all(sample.reason.startswith("not steady after 160 steps") for sample in samples)
    assert len(read_shard(tmp_path / "rejected" / SHARDS[0])) == 2


def test_full_disk_is_a_run_error_and_leaves_finished_shards_intact(generated, copy):
    """A file may grow to 4 kB: enough for the manifest, not for a shard."""
    (copy / SHARDS[1]).unlink()
    script = """
        import resource, runpy, sys
        from pathlib import Path
        from emulax.core.errors import RunError
        from emulax.datagen import generate_dataset
        recipe = runpy.run_path(sys.argv[1])["_tiny"]()
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
        try:
            generate_dataset(recipe, Path(sys.argv[2]))
        except RunError as error:
            print(error)
    """
    conftest = Path(__file__).parent / "conftest.py"
    command = [sys.executable, "-c", textwrap.dedent(script), str(conftest), str(copy)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == f"{copy / SHARDS[1]}: cannot be written: File too large"
    assert _bytes(copy) == {name: content for name, content in _bytes(generated).items() if name != SHARDS[1]}
