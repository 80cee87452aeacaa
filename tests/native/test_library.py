"""A library is built once, kept where this user alone can write, and made anew when it is damaged."""

from pathlib import Path

import pytest

from emulax_native import NativeError, Sources, load_library

_SOURCE = 'extern "C" int answer() { return ANSWER; }\n'


@pytest.fixture
def cache(monkeypatch, tmp_path):
    """A cache of its own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "cache").mkdir()
    return tmp_path / "cache"


@pytest.fixture
def sources(tmp_path):
    """A library of one function."""
    folder = tmp_path / "sources"
    folder.mkdir()
    (folder / "ffi.cpp").write_text(_SOURCE)
    return Sources(folder, defines={"ANSWER": "42"})


@pytest.fixture
def use_compiler(monkeypatch, tmp_path):
    """Makes a shell script the compiler, and returns its path."""

    def use(script: str) -> Path:
        compiler = tmp_path / "cxx"
        compiler.write_text(f"#!/bin/sh\n{script}\n")
        compiler.chmod(0o700)
        monkeypatch.setenv("CXX", str(compiler))
        return compiler

    return use


def _kept(cache: Path) -> list[Path]:
    return list((cache / "emulax" / "native").iterdir())


@pytest.mark.native
def test_library_computes_with_what_is_defined(cache, sources):
    assert load_library(sources).handle.answer() == 42


@pytest.mark.native
def test_library_includes_what_is_generated(cache, sources):
    (sources.folder / "ffi.cpp").write_text(f'#include "answer.hpp"\n{_SOURCE}')
    generated = Sources(sources.folder, generated={"answer.hpp": "#define ANSWER 7\n"})
    assert load_library(generated).handle.answer() == 7


@pytest.mark.native
def test_library_is_compiled_once(cache, sources):
    key = load_library(sources).key
    made = (cache / "emulax" / "native" / key / "library.so").stat()
    assert load_library(sources).key == key
    assert (cache / "emulax" / "native" / key / "library.so").stat() == made


@pytest.mark.native
@pytest.mark.parametrize("changed", ["source", "define", "generated"])
def test_another_library_has_another_key(cache, sources, changed):
    key = load_library(sources).key
    if changed == "source":
        (sources.folder / "ffi.cpp").write_text(_SOURCE + "// more\n")
    defines = {"ANSWER": "43"} if changed == "define" else sources.defines
    generated = {"more.hpp": "// more\n"} if changed == "generated" else {}
    assert load_library(Sources(sources.folder, defines, generated)).key != key


def test_missing_compiler_is_named_and_nothing_is_made(cache, sources, monkeypatch):
    monkeypatch.setenv("CXX", "no-such-compiler")
    with pytest.raises(NativeError, match=r"^there is no C\+\+ compiler \(no-such-compiler\)"):
        load_library(sources)
    assert list(cache.iterdir()) == []


def test_compiler_that_fails_is_quoted_and_nothing_is_left(cache, sources, use_compiler):
    use_compiler('[ "$1" = --version ] && exit 0\necho "x.cpp:1: error: out of luck" >&2\nexit 1')
    with pytest.raises(NativeError, match=r"cannot compile it: x.cpp:1: error: out of luck$"):
        load_library(sources)
    assert _kept(cache) == []


@pytest.mark.parametrize(("status", "says"), [(0, "it makes no library"), (1, "it does not say its version")])
def test_what_is_no_compiler_is_named_and_nothing_is_left(cache, sources, use_compiler, status, says):
    compiler = use_compiler(f"exit {status}")
    with pytest.raises(NativeError, match=rf"^{compiler} is no C\+\+ compiler: {says}"):
        load_library(sources)
    assert _kept(cache) == []


@pytest.mark.native
@pytest.mark.parametrize("mode", [0o755, 0o770, 0o777])
def test_cache_that_others_can_reach_is_refused(cache, sources, mode):
    folder = cache / "emulax"
    folder.mkdir()
    folder.chmod(mode)
    with pytest.raises(NativeError, match="is not a folder of this user alone"):
        load_library(sources)


@pytest.mark.native
def test_cache_that_is_a_link_is_refused(cache, sources, tmp_path):
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    (cache / "emulax").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(NativeError, match="is not a folder of this user alone"):
        load_library(sources)


@pytest.mark.native
def test_cache_that_cannot_be_written_is_named(cache, sources):
    (cache / "emulax").write_text("a file")
    expected = rf"^its library cannot be kept in {cache / 'emulax'} \(File exists\): set XDG_CACHE_HOME"
    with pytest.raises(NativeError, match=expected):
        load_library(sources)


@pytest.fixture
def unreadable(cache, sources, use_compiler):
    """Where a library lies that a compiler has made, in no time, of a file that no loader could read."""
    compiler = use_compiler('while [ $# -gt 1 ]; do shift; done\n[ "$1" = --version ] || echo library > "$1"')
    with pytest.raises(NativeError, match=f"^what {compiler} makes cannot be loaded: "):
        load_library(sources)
    (found,) = cache.glob("emulax/native/*/library.so")
    return found


@pytest.mark.parametrize("damage", [lambda whole: b"", lambda whole: whole[:-1], lambda whole: b"L" + whole[1:]])
def test_damaged_library_is_made_anew(unreadable, sources, damage):
    whole = unreadable.read_bytes()
    unreadable.write_bytes(damage(whole))
    with pytest.raises(NativeError, match="cannot be loaded"):
        load_library(sources)
    assert unreadable.read_bytes() == whole


def test_missing_library_is_made_anew(unreadable, sources, cache):
    whole = unreadable.read_bytes()
    unreadable.unlink()
    with pytest.raises(NativeError, match="cannot be loaded"):
        load_library(sources)
    assert unreadable.read_bytes() == whole
    assert _kept(cache) == [unreadable.parent]
