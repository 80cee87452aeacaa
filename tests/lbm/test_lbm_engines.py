"""Both engines compute the same, and the native one says when it cannot."""

import logging
from dataclasses import replace
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from emulax_lbm import BGK, CaseError, FlowCase, simulate
from emulax_lbm.engines import advance, choose_engine, native

from emulax_lbm.engines import _say_once, _unavailable  # isort: skip
from emulax_lbm.problems import ball, laminar_cases
from emulax_lbm.setup import State, common_setup, fields, initial_state, parameters_of

CASES = laminar_cases(precision="float32")
_FLAT = CASES["cylinder"]
LIMITS = {"float64": 1e-12, "float32": 2e-6}
# Three dimensions take long to compile: once in the fast tests.
EVERY = [
    pytest.param(
        case,
        precision,
        id=f"{name}, {precision}",
        marks=[pytest.mark.slow] if case.dimensions == 3 and precision == "float32" else [],
    )
    for name, case in CASES.items()
    for precision in LIMITS
]


def _run(case: FlowCase, engine: str, steps: int, count: int = 1):
    setup = common_setup([case] * count)
    parameters = parameters_of([case] * count, setup)
    noise = np.random.default_rng(7).normal(size=(count, *case.sdf.shape, case.dimensions))
    state = initial_state(setup, parameters, case.inflow_velocity()[None] + 0.02 * noise)
    return fields(setup, parameters, advance(engine, setup, parameters, state, jnp.int32(steps)))


@pytest.mark.native
@pytest.mark.parametrize(("case", "precision"), EVERY)
def test_engines_agree(case, precision):
    case = replace(case, precision=precision)
    for expected, found in zip(_run(case, "xla", 100), _run(case, "native", 100), strict=True):
        assert float(jnp.max(jnp.abs(found - expected))) <= LIMITS[precision] * float(jnp.max(jnp.abs(expected)))


@pytest.mark.native
def test_engines_agree_where_a_step_writes_past_the_cache():
    case = FlowCase(ball((760, 760), (20.0, 24.0), 16), 20.0, 16)
    for expected, found in zip(_run(case, "xla", 3), _run(case, "native", 3), strict=True):
        assert float(jnp.max(jnp.abs(found - expected))) <= 2e-6 * float(jnp.max(jnp.abs(expected)))


# Too large for the cache of each of three processors: there several steps go through a box at once.
LARGE = FlowCase(ball((400, 800), (15.0, 12.0), 16), 20.0, 16)


@pytest.mark.native
@pytest.mark.parametrize(
    "case", [CASES["cylinder in a channel"], LARGE, CASES["sphere, D3Q19"]], ids=["flat", "large", "deep"]
)
def test_native_bits_do_not_depend_on_threads_or_neighbours(case, monkeypatch):
    monkeypatch.setattr(native, "threads", lambda: 1)
    alone = _run(case, "native", 50)
    for threads in (2, 3):
        monkeypatch.setattr(native, "threads", lambda threads=threads: threads)
        for one, other in zip(alone, _run(case, "native", 50), strict=True):
            np.testing.assert_array_equal(np.asarray(one), np.asarray(other))
    for one, other in zip(alone, _run(case, "native", 50, count=3), strict=True):
        assert one.shape[1:] == other.shape[1:]
        np.testing.assert_array_equal(np.asarray(one[0]), np.asarray(other[0]))


@pytest.mark.native
def test_no_steps_change_nothing():
    for one, other in zip(_run(_FLAT, "native", 0), _run(_FLAT, "xla", 0), strict=True):
        np.testing.assert_array_equal(np.asarray(one), np.asarray(other))


@pytest.mark.native
def test_result_says_which_engine_computed_it():
    flows = {engine: simulate([_FLAT], 4, engine=engine)[0].engine for engine in ("xla", "native", "auto")}
    assert flows == {"xla": "xla", "native": "native", "auto": "native"}


@pytest.mark.native
def test_native_engine_refuses_derivatives_and_maps():
    setup = common_setup([_FLAT])
    parameters = parameters_of([_FLAT], setup)
    state = initial_state(setup, parameters, _FLAT.inflow_velocity()[None])

    def energy(f):
        return sum(jnp.sum(p**2) for p in advance("native", setup, parameters, State(f, state.step), jnp.int32(2)).f)

    with pytest.raises(ValueError, match="cannot be differentiated"):
        jax.grad(energy)(state.f)


class Unknown(BGK):
    """A collision that only Python knows."""


def test_unknown_engine_is_refused():
    with pytest.raises(CaseError, match=r"^engine: is 'fast', must be 'auto', 'xla' or 'native'"):
        choose_engine("fast", common_setup([_FLAT]))


def test_collision_that_native_does_not_know_falls_back_and_says_so_once(caplog):
    setup = common_setup([replace(_FLAT, collision=Unknown())])
    _say_once.cache_clear()
    with caplog.at_level(logging.WARNING, "emulax_lbm"):
        assert [choose_engine("auto", setup) for _ in range(2)] == ["xla", "xla"]
    assert [record.getMessage() for record in caplog.records] == [
        "the native engine is not used: it does not know the collision Unknown"
    ]
    with pytest.raises(CaseError, match=r"^engine: is 'native', but it does not know the collision Unknown"):
        choose_engine("native", setup)


@pytest.fixture
def fresh(monkeypatch, tmp_path):
    """No library built, and a cache of its own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    native.target.cache_clear()
    _unavailable.cache_clear()
    _say_once.cache_clear()
    yield tmp_path
    native.target.cache_clear()
    _unavailable.cache_clear()


def _reason(name: str = "native") -> str:
    with pytest.raises(CaseError) as caught:
        choose_engine(name, common_setup([_FLAT]))
    return caught.value.problem


def test_without_a_compiler_xla_takes_over(fresh, monkeypatch, caplog):
    monkeypatch.setenv("CXX", "no-such-compiler")
    with caplog.at_level(logging.WARNING, "emulax_lbm"):
        assert choose_engine("auto", common_setup([_FLAT])) == "xla"
    assert "there is no C++ compiler (no-such-compiler)" in caplog.text
    assert list(fresh.iterdir()) == []


def test_compiler_that_fails_is_quoted_and_nothing_is_left(fresh, monkeypatch, tmp_path):
    compiler = tmp_path / "cxx"
    compiler.write_text('#!/bin/sh\n[ "$1" = --version ] && exit 0\necho "x.cpp:1: error: out of luck" >&2\nexit 1\n')
    compiler.chmod(0o700)
    monkeypatch.setenv("CXX", str(compiler))
    assert "cannot compile it: x.cpp:1: error: out of luck" in _reason()
    assert list((fresh / "emulax" / "native").iterdir()) == []


@pytest.mark.native
@pytest.mark.parametrize("mode", [0o755, 0o770, 0o777])
def test_cache_that_others_can_reach_is_refused(fresh, mode):
    folder = fresh / "emulax"
    folder.mkdir()
    folder.chmod(mode)
    assert "is not a folder of this user alone" in _reason()


@pytest.mark.native
def test_cache_that_is_a_link_is_refused(fresh, tmp_path):
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    (fresh / "emulax").symlink_to(tmp_path / "elsewhere")
    assert "is not a folder of this user alone" in _reason()


@pytest.mark.native
def test_cache_that_cannot_be_written_is_named(fresh):
    (fresh / "emulax").write_text("a file")
    assert f"its library cannot be kept in {fresh / 'emulax'} (File exists): set XDG_CACHE_HOME" in _reason()


@pytest.mark.parametrize("missing", ["folder", "home"])
def test_without_a_place_for_the_library_xla_takes_over_and_says_so_once(fresh, monkeypatch, caplog, missing):
    """Whatever lattices and precisions are asked for."""
    if missing == "folder":
        (fresh / "file").write_text("")
        monkeypatch.setenv("XDG_CACHE_HOME", str(fresh / "file" / "cache"))
    else:
        monkeypatch.delenv("XDG_CACHE_HOME")
        monkeypatch.setattr(Path, "home", _homeless)
    with caplog.at_level(logging.WARNING, "emulax_lbm"):
        for case in (_FLAT, replace(_FLAT, precision="float64"), CASES["sphere, D3Q19"]):
            assert choose_engine("auto", common_setup([case])) == "xla"
    (record,) = caplog.records
    assert "set XDG_CACHE_HOME" in record.getMessage()


def _homeless() -> Path:
    raise RuntimeError("Could not determine home directory.")


@pytest.mark.parametrize(("status", "says"), [(0, "it makes no library"), (1, "it does not say its version")])
def test_what_is_no_compiler_is_named_and_nothing_is_left(fresh, monkeypatch, tmp_path, status, says):
    compiler = tmp_path / "cxx"
    compiler.write_text(f"#!/bin/sh\nexit {status}\n")
    compiler.chmod(0o700)
    monkeypatch.setenv("CXX", str(compiler))
    assert f"{compiler} is no C++ compiler: {says}" in _reason()
    assert list((fresh / "emulax" / "native").iterdir()) == []


@pytest.fixture
def library(fresh, monkeypatch):
    """Where a library lies that a compiler has made, in no time, of a file that no loader could read."""
    compiler = fresh / "cxx"
    compiler.write_text('#!/bin/sh\nwhile [ $# -gt 1 ]; do shift; done\n[ "$1" = --version ] || echo library > "$1"\n')
    compiler.chmod(0o700)
    monkeypatch.setenv("CXX", str(compiler))
    assert f"what {compiler} makes cannot be loaded: " in _reason()
    (found,) = fresh.glob("emulax/native/*/library.so")
    return found


@pytest.mark.parametrize("damage", [lambda whole: b"", lambda whole: whole[:-1], lambda whole: b"L" + whole[1:]])
def test_damaged_library_is_made_anew(library, damage):
    whole = library.read_bytes()
    library.write_bytes(damage(whole))
    _unavailable.cache_clear()
    _reason()
    assert library.read_bytes() == whole


def test_missing_library_is_made_anew(library):
    whole = library.read_bytes()
    library.unlink()
    _unavailable.cache_clear()
    _reason()
    assert library.read_bytes() == whole
    assert [path.name for path in library.parents[1].iterdir()] == [library.parent.name]


@pytest.mark.parametrize(
    ("given", "found"), [("1", 1), ("2,1", 2), ("0", 1), ("-3", 1), ("99", 3), ("", 3), ("many", 3), ("²", 3)]
)
def test_number_of_threads_is_the_environments_at_most(monkeypatch, given, found):
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {0, 1, 2})
    monkeypatch.setenv("OMP_NUM_THREADS", given)
    assert native.threads() == found
