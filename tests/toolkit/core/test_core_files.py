import os
from pathlib import Path

import pytest

from emulax.core import files
from emulax.core.errors import InputError, RunError
from emulax.core.files import append_line, atomic_path, check_output, prepare_output, remove_partial, write_text


@pytest.fixture
def umask():
    before = os.umask(0o027)
    yield
    os.umask(before)


def _names(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


def test_text_is_written_whole_and_alone(tmp_path):
    write_text(tmp_path / "new" / "folder" / "a.txt", "äβ")
    assert (tmp_path / "new" / "folder" / "a.txt").read_text(encoding="utf-8") == "äβ"
    assert _names(tmp_path / "new" / "folder") == ["a.txt"]


def test_nothing_is_under_the_final_name_before_the_end(tmp_path):
    with atomic_path(tmp_path / "a.nc") as temporary:
        temporary.write_text("half")
        assert not (tmp_path / "a.nc").exists()
        assert (temporary.parent, temporary.suffix) == (tmp_path, ".nc")
    assert _names(tmp_path) == ["a.nc"]


def _fail_while_writing(path: Path, error: BaseException) -> None:
    with atomic_path(path) as temporary:
        temporary.write_text("half")
        raise error


@pytest.mark.parametrize("error", [ValueError("bad"), KeyboardInterrupt()])
def test_failure_leaves_what_was_there(tmp_path, error):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(type(error)):
        _fail_while_writing(path, error)
    assert path.read_text() == "old"
    assert _names(tmp_path) == ["a.txt"]


def test_full_disk_is_a_run_error_that_names_the_file(tmp_path):
    with pytest.raises(RunError, match=rf"^{tmp_path}/a.txt: cannot be written: No space left on device$"):
        _fail_while_writing(tmp_path / "a.txt", OSError(28, "No space left on device"))
    assert _names(tmp_path) == []


def test_folder_that_cannot_be_made_is_a_run_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="cannot be written: Not a directory"):
        write_text(tmp_path / "file" / "below" / "a.txt", "")


def test_content_is_on_disk_before_it_gets_its_name(tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr(files.os, "fsync", lambda _descriptor: seen.append(_names(tmp_path) == ["a.txt"]))
    write_text(tmp_path / "a.txt", "x")
    assert seen == [False, True]  # the file, then the folder with the name in it


def test_file_gets_the_permissions_of_any_new_file(tmp_path, umask):
    write_text(tmp_path / "a.txt", "")
    (tmp_path / "b.txt").touch()
    assert (tmp_path / "a.txt").stat().st_mode == (tmp_path / "b.txt").stat().st_mode


def test_finding_the_permissions_leaves_the_mask_alone(tmp_path, umask):
    write_text(tmp_path / "a.txt", "")
    assert os.umask(0o027) == 0o027


def test_what_a_killed_writer_left_is_removed_and_nothing_else(tmp_path):
    write_text(tmp_path / "a.txt", "kept")
    (tmp_path / ".hidden").write_text("kept")
    handle = atomic_path(tmp_path / "b.txt")
    handle.__enter__().write_text("half")  # and killed
    assert len(_names(tmp_path)) == 3
    remove_partial(tmp_path)
    assert _names(tmp_path) == [".hidden", "a.txt"]


def test_lines_are_appended(tmp_path):
    for line in ("one", "two"):
        append_line(tmp_path / "log", line)
    assert (tmp_path / "log").read_text() == "one\ntwo\n"


def test_log_that_cannot_be_written_is_a_run_error(tmp_path):
    with pytest.raises(RunError, match="cannot be written: Is a directory"):
        append_line(tmp_path, "line")


def test_output_directory_is_made_with_its_parents(tmp_path):
    assert prepare_output(tmp_path / "a" / "b").is_dir()
    assert prepare_output(tmp_path / "a" / "b") == tmp_path / "a" / "b"


def test_checking_an_output_directory_creates_nothing(tmp_path):
    assert check_output(tmp_path / "a" / "b") == tmp_path / "a" / "b"
    assert _names(tmp_path) == []


@pytest.mark.parametrize("below", ["", "deep/er"])
def test_output_at_or_below_a_file_is_refused(tmp_path, below):
    (tmp_path / "file").write_text("here")
    with pytest.raises(InputError, match=rf"^--to: {tmp_path}/file is a file"):
        prepare_output(tmp_path / "file" / below, "--to")
    assert _names(tmp_path) == ["file"]


def test_output_with_too_long_a_name_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"^--out: .* cannot be a directory: File name too long$"):
        prepare_output(tmp_path / ("a" * 300))
    assert _names(tmp_path) == []


def test_output_without_permission_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(files.os, "access", lambda path, mode: path != tmp_path)
    with pytest.raises(InputError, match=rf"^--out: no permission to write in {tmp_path}$"):
        prepare_output(tmp_path / "a")
    assert _names(tmp_path) == []
