"""Both engines compute the same, and the native one says when it cannot."""

import logging
from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from emulax_lbm import (
    BGK,
    D3Q19,
    D3Q27,
    PERIODIC,
    TRT,
    CaseError,
    Edges,
    FlowCase,
    FreeSlip,
    PressureOutlet,
    VelocityInlet,
    Wall,
    open_box,
    parabolic,
    rotation,
    simulate,
)
from emulax_lbm.engines import advance, choose_engine, native

from emulax_lbm.engines import _say_once, _unavailable  # isort: skip
from emulax_lbm.setup import State, common_setup, fields, initial_state, parameters_of


def _ball(shape, centre, cells):
    points = (np.indices(shape) + 0.5) / cells - np.reshape(centre, (-1, *[1] * len(shape)))
    return np.linalg.norm(points, axis=0) - 0.5


_FLAT = FlowCase(_ball((40, 75), (1.25, 1.5), 16), 20.0, 16)
_DEEP = FlowCase(
    _ball((14, 18, 33), (0.9, 1.1, 1.2), 8),
    10.0,
    8,
    edges=Edges(VelocityInlet(), PressureOutlet(), FreeSlip(), FreeSlip(), Wall(), Wall((0.2, 0.1, 0.0))),
)
CASES = {
    "past a body": _FLAT,
    "half-way walls": replace(_FLAT, walls="half-way"),
    "channel": replace(
        _FLAT,
        edges=Edges(VelocityInlet(), PressureOutlet(), Wall(), Wall((0.3, 0.0))),
        inflow=parabolic((40,)),
    ),
    "driven, periodic, body across the edge": replace(
        _FLAT, sdf=np.roll(_FLAT.sdf, 20, 0), edges=PERIODIC, body_force=(0.1, 0.02)
    ),
    "quadratic walls, body across the edge": replace(
        _FLAT,
        sdf=np.roll(_FLAT.sdf, (20, 37), (0, 1)),
        edges=PERIODIC,
        body_force=(0.1, 0.02),
        walls="bouzidi-quadratic",
    ),
    "moving walls": replace(_FLAT, wall_velocity=rotation((40, 75), (1.5, 1.25), 16, 1.5)),
    "cavity": FlowCase(
        open_box((33, 45)), 100.0, 33, edges=Edges(Wall(), Wall(), Wall(), Wall((1.0, 0.0))), collision=BGK()
    ),
    "D3Q19, quadratic walls that move": replace(
        _DEEP,
        lattice=D3Q19,
        walls="bouzidi-quadratic",
        wall_velocity=rotation((14, 18, 33), (1.2, 1.1, 0.9), 8, (0.3, -0.5, 1.0)),
    ),
    "D3Q27, driven": replace(_DEEP, lattice=D3Q27, body_force=(0.1, 0.0, -0.2), collision=TRT(0.25)),
}
EVERY = pytest.mark.parametrize("case", CASES.values(), ids=CASES)


def _run(case: FlowCase, engine: str, steps: int, count: int = 1):
    setup = common_setup([case] * count)
    parameters = parameters_of([case] * count, setup)
    noise = np.random.default_rng(7).normal(size=(count, *case.sdf.shape, case.dimensions))
    state = initial_state(setup, parameters, case.inflow_velocity()[None] + 0.02 * noise)
    return fields(setup, parameters, advance(engine, setup, parameters, state, jnp.int32(steps)))


@pytest.mark.native
@EVERY
@pytest.mark.parametrize(("precision", "limit"), [("float64", 1e-12), ("float32", 2e-6)])
def test_engines_agree(case, precision, limit):
    case = replace(case, precision=precision)
    for expected, found in zip(_run(case, "xla", 100), _run(case, "native", 100), strict=True):
        assert float(jnp.max(jnp.abs(found - expected))) <= limit * float(jnp.max(jnp.abs(expected)))


@pytest.mark.native
def test_engines_agree_where_a_step_writes_past_the_cache():
    case = FlowCase(_ball((760, 760), (24.0, 20.0), 16).astype(np.float32), 20.0, 16)
    for expected, found in zip(_run(case, "xla", 3), _run(case, "native", 3), strict=True):
        assert float(jnp.max(jnp.abs(found - expected))) <= 2e-6 * float(jnp.max(jnp.abs(expected)))


@pytest.mark.native
@pytest.mark.parametrize(
    "name", ["channel", "quadratic walls, body across the edge", "D3Q19, quadratic walls that move"]
)
def test_native_bits_do_not_depend_on_threads_or_neighbours(name, monkeypatch):
    case = CASES[name]
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
    assert "cannot be built or loaded" in _reason()
