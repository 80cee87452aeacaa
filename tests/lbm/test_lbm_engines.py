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


def test_without_a_compiler_xla_takes_over(fresh, monkeypatch, caplog):
    monkeypatch.setenv("CXX", "no-such-compiler")
    with caplog.at_level(logging.WARNING, "emulax_lbm"):
        assert choose_engine("auto", common_setup([_FLAT])) == "xla"
    assert "there is no C++ compiler (no-such-compiler)" in caplog.text
    assert list(fresh.iterdir()) == []


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


@pytest.mark.parametrize(
    ("given", "found"), [("1", 1), ("2,1", 2), ("0", 1), ("-3", 1), ("99", 3), ("", 3), ("many", 3), ("²", 3)]
)
def test_number_of_threads_is_the_environments_at_most(monkeypatch, given, found):
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {0, 1, 2})
    monkeypatch.setenv("OMP_NUM_THREADS", given)
    assert native.threads() == found
