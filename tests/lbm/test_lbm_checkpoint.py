"""Checkpoints: a run goes on where it stopped, and from nothing else."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from emulax_lbm import TRT, CaseError, Run
from emulax_lbm.checkpoint import read_checkpoint

ENGINES = pytest.mark.parametrize("engine", ["xla", pytest.param("native", marks=pytest.mark.native)])


def _bits(run: Run) -> bytes:
    return b"".join(np.asarray(population).tobytes() for population in run.state.f)


@pytest.fixture(scope="module")
def case(cylinder):
    return cylinder()


@pytest.fixture
def saved(case, tmp_path):
    """A run by XLA, its checkpoint, and the bytes of that."""
    run, path = Run([case], engine="xla"), tmp_path / "run.npz"
    run.advance(7)
    run.save(path)
    return run, path


@ENGINES
def test_split_run_has_the_bits_of_the_whole_run(case, tmp_path, engine):
    whole, first = Run([case], engine=engine), Run([case], engine=engine)
    whole.advance(30)
    first.advance(11)
    first.save(tmp_path / "run")
    second = Run.restore(tmp_path / "run", [case])
    second.advance(19)
    assert (_bits(second), second.steps, second.engine) == (_bits(whole), 30, engine)


def test_double_precision_comes_back_in_full(case, rng, tmp_path):
    velocity = rng.normal(size=(1, *case.sdf.shape, 2))
    run = Run([replace(case, precision="float64")], velocity=velocity, engine="xla")
    run.save(tmp_path / "run")
    assert _bits(Run.restore(tmp_path / "run", run.cases)) == _bits(run)


def test_saving_again_replaces_and_leaves_nothing_else(saved):
    run, path = saved
    run.advance(2)
    run.save(path)
    assert Run.restore(path, run.cases).steps == 9
    assert [file.name for file in path.parent.iterdir()] == ["run.npz"]


def test_failed_save_leaves_the_old_checkpoint(saved, monkeypatch):
    run, path = saved
    before = path.read_bytes()

    def full_disk(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full_disk)
    with pytest.raises(CaseError, match=r"^checkpoint: .* cannot be written: No space left on device$"):
        run.save(path)
    assert path.read_bytes() == before
    assert len(list(path.parent.iterdir())) == 1


def test_cut_checkpoint_is_refused(saved):
    run, path = saved
    whole = path.read_bytes()
    for length in np.linspace(0, len(whole) - 1, 25, dtype=int):
        path.write_bytes(whole[:length])
        with pytest.raises(CaseError, match=r"^checkpoint: .* is damaged or no checkpoint"):
            Run.restore(path, run.cases)


def test_changed_byte_is_noticed_or_means_nothing(saved, rng):
    """Some bytes of an archive, such as the time of each entry, are not part of what it holds."""
    run, path = saved
    whole, found = path.read_bytes(), []
    for place in rng.integers(len(whole), size=40):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x10]) + whole[place + 1 :])
        try:
            found.append(_bits(Run.restore(path, run.cases)) == _bits(run))
        except CaseError as error:
            found.append(error.field)
    assert set(found) <= {"checkpoint", True}
    assert found.count("checkpoint") > 30


def test_array_that_claims_to_be_smaller_is_refused(tmp_path):
    """It could be read without coming to its check sum."""
    path = tmp_path / "run"
    with path.open("wb") as stream:
        np.savez(stream, version=1, engine="xla", large=np.zeros((100, 1000)))
    path.write_bytes(path.read_bytes().replace(b"(100, 1000)", b"(100, 100) "))
    with pytest.raises(CaseError, match=r"^checkpoint: .* is damaged"):
        read_checkpoint(path)


@pytest.mark.parametrize("write", [np.save, lambda file, array: np.savez(file, array=array)], ids=["npy", "npz"])
def test_foreign_file_is_refused(case, tmp_path, write):
    buffer = io.BytesIO()
    write(buffer, np.zeros(3))
    (tmp_path / "other").write_bytes(buffer.getvalue())
    with pytest.raises(CaseError, match=r"^checkpoint: .* no checkpoint"):
        Run.restore(tmp_path / "other", [case])


def test_missing_file_is_refused(case, tmp_path):
    with pytest.raises(CaseError, match=r"^checkpoint: .* cannot be read: No such file"):
        Run.restore(tmp_path / "nowhere", [case])


def test_folder_that_is_not_there_is_refused(saved, tmp_path):
    with pytest.raises(CaseError, match=r"^checkpoint: .* cannot be written: No such file"):
        saved[0].save(tmp_path / "nowhere" / "run")


def test_other_format_is_refused(saved, monkeypatch):
    run, path = saved
    monkeypatch.setattr("emulax_lbm.checkpoint.VERSION", 2)
    with pytest.raises(CaseError, match=r"^checkpoint: .* has format 1, must have 2"):
        Run.restore(path, run.cases)


def _rewritten(path: Path, change) -> None:
    with np.load(path) as arrays:
        kept = {name: change(name, array) for name, array in arrays.items()}
    with path.open("wb") as stream:
        np.savez(stream, **{name: array for name, array in kept.items() if array is not None})


@pytest.mark.parametrize(
    "spoil",
    [lambda array: None, lambda array: array[:, :5], lambda array: array.astype(int)],
    ids=["gone", "cut", "type"],
)
def test_state_that_is_not_the_runs_is_refused(saved, spoil):
    run, path = saved
    _rewritten(path, lambda name, array: spoil(array) if name.startswith("state.f") else array)
    with pytest.raises(CaseError, match=r"^checkpoint: .* is damaged: its state\.f\[0\] is not that of a run"):
        Run.restore(path, run.cases)


def test_version_that_is_none_is_refused(saved):
    run, path = saved
    _rewritten(path, lambda name, array: np.ones(2) if name == "version" else array)
    with pytest.raises(CaseError, match=r"^checkpoint: .* has format \[1\. 1\.\], must have 1"):
        Run.restore(path, run.cases)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"reynolds": 20.0}, "relaxation_time"),
        ({"collision": TRT(0.25)}, "collision"),
        ({"precision": "float64"}, "precision, relaxation_time, incoming, force, fluid, links"),
        ({"walls": "half-way"}, "walls, links"),
    ],
)
def test_other_case_is_refused_by_what_differs(saved, changes, named):
    run, path = saved
    with pytest.raises(CaseError, match=rf"^checkpoint: .* other cases, which differ in: {named}$"):
        Run.restore(path, [replace(run.cases[0], **changes)], engine="xla")


def test_other_body_is_refused(saved, cylinder):
    with pytest.raises(CaseError, match=r"which differ in: fluid, links$"):
        Run.restore(saved[1], [cylinder((2.3, 1.4))])


def test_other_number_of_cases_is_refused(saved):
    run, path = saved
    with pytest.raises(CaseError, match="which differ in: relaxation_time"):
        Run.restore(path, [*run.cases, *run.cases])


@pytest.mark.native
def test_other_engine_goes_on_only_if_asked_for(saved):
    run, path = saved
    assert Run.restore(path, run.cases).engine == "xla"
    assert _bits(Run.restore(path, run.cases, engine="native")) == _bits(run)


@pytest.mark.native
def test_other_build_is_refused_unless_asked_for(case, tmp_path, monkeypatch):
    run, path = Run([case], engine="native"), tmp_path / "run"
    run.save(path)
    monkeypatch.setattr("emulax_lbm.run.engine_identity", lambda *_: "native-of-another-build")
    with pytest.raises(CaseError, match=r"^checkpoint: .* another build of the native engine"):
        Run.restore(path, [case])
    assert _bits(Run.restore(path, [case], engine="native")) == _bits(run)
