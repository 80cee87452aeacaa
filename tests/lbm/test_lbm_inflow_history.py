"""Inflow that changes with time."""

import math
from dataclasses import replace

import jax.numpy as jnp
import numpy as np
import pytest

from emulax_lbm import (
    PERIODIC,
    CaseError,
    FlowCase,
    InflowHistory,
    Run,
    SteadyOptions,
    open_box,
    simulate,
    simulate_steady,
)
from emulax_lbm.boundaries import knots_needed, knots_of
from emulax_lbm.boundaries.inflow_history import InflowKnots
from emulax_lbm.engines import EngineName
from emulax_lbm.monitor import exchanged
from emulax_lbm.setup import State, common_setup, parameters_of

ENGINES = pytest.mark.parametrize("engine", ["xla", pytest.param("native", marks=pytest.mark.native)])
RAMP = InflowHistory(np.array([0.0, 2.0, 3.0]), np.array([0.0, 1.0, 0.5]))


def _bits(flow) -> tuple:
    return flow.velocity.tobytes(), flow.pressure.tobytes(), flow.drag_coefficient, flow.lift_coefficient


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_factor_is_linear_between_knots_and_constant_beyond(dtype, rng):
    times = np.sort(rng.uniform(0.5, 9.0, 7))
    histories = [InflowHistory(times, rng.normal(size=7)), RAMP, None, InflowHistory(np.ones(1), np.full(1, 0.3))]
    (knots,) = knots_of(
        histories, steps_per_time=np.full(4, 10.0), count=knots_needed(histories), dtype=np.dtype(dtype)
    )
    for time in (0.0, 4.0, 20.0, 25.5, 30.0, *10.0 * times, 61.7, 1e6):
        found = knots.at(jnp.full(4, time, dtype))
        assert found.dtype == dtype
        expected = [1.0 if history is None else history.at(time / 10.0) for history in histories]
        np.testing.assert_allclose(found, expected, atol=20 * np.finfo(dtype).eps)


def test_jump_within_rounding_is_a_jump():
    knots = InflowKnots(jnp.float32([[1e6, 1e6, 2e6]]), jnp.float32([[0.0, 1.0, 1.0]]))
    assert [float(knots.at(jnp.float32([time]))[0]) for time in (1e6 - 1, 1e6 + 1)] == [0.0, 1.0]


def test_sampled_history_is_as_close_as_promised():
    history = InflowHistory.sampled(lambda time: math.sin(math.pi * time / 8.0), 8.0, 33)
    assert (history.at(0.0), history.at(4.0), history.end) == (0.0, 1.0, 8.0)
    times = np.linspace(0.0, 8.0, 1000)
    error = max(abs(history.at(time) - math.sin(math.pi * time / 8.0)) for time in times)
    assert error <= (8.0 / 32) ** 2 / 8.0 * (math.pi / 8.0) ** 2


def _accelerating(engine: EngineName, steps: int, rate: float = 0.05):
    """A uniform stream whose velocity grows steadily, with the pressure that pushes it."""
    ny, nx, cells = 4, 16, 8
    history = InflowHistory(np.array([0.0, 10.0]), np.array([1.0, 1.0 + 10.0 * rate]))
    case = FlowCase(open_box((ny, nx)), 10.0, cells, inflow_history=history, precision="float64")
    pressure = rate * (nx - 0.5 - np.arange(nx)) / cells
    run = Run([case], pressure=np.broadcast_to(pressure, (1, ny, nx)), engine=engine)
    run.advance(steps)
    return run, history.at(run.time), pressure


@ENGINES
def test_stream_follows_its_inflow(engine):
    """To second order: half a step would be off by 3e-4. The outlet holds the pressure all the while."""
    run, expected, pressure = _accelerating(engine, 400)
    np.testing.assert_allclose(run.velocity()[..., 0], expected, atol=2e-6)
    np.testing.assert_allclose(run.pressure(), np.broadcast_to(pressure, (1, 4, 16)), atol=3e-3)


@ENGINES
def test_split_run_has_the_same_bits(cylinder, engine):
    case = cylinder(inflow_history=RAMP)
    whole, split = Run([case], engine=engine), Run([case], engine=engine)
    whole.advance(200)
    for steps in (70, 1, 129):
        split.advance(steps)
    np.testing.assert_array_equal(np.stack(split.state.f), np.stack(whole.state.f))


def test_history_of_a_factor_is_that_factor_on_the_inflow(cylinder):
    """Not bit for bit: one is rounded where it is made, the other at every step."""
    halved = cylinder(inflow=np.full(24, 0.5), precision="float64")
    factored = cylinder(inflow_history=InflowHistory(np.zeros(1), np.full(1, 0.5)), precision="float64")
    runs = [Run([case], engine="xla") for case in (halved, factored)]
    for run in runs:
        run.advance(100)
    one, other = (np.asarray(run.velocity()) for run in runs)
    np.testing.assert_allclose(one, other, atol=1e-13)


@ENGINES
def test_cases_with_and_without_a_history_share_a_batch(cylinder, engine):
    cases = [cylinder(), cylinder(inflow_history=RAMP)]
    one, other = (Run(order, engine=engine) for order in (cases, cases[::-1]))
    for run in (one, other):
        run.advance(60)
    np.testing.assert_array_equal(np.stack(one.state.f), np.stack(other.state.f)[:, ::-1])
    assert (one.velocity()[0] != one.velocity()[1]).any()


def test_histories_of_different_length_compile_once(cylinder):
    setups = {common_setup([cylinder(inflow_history=InflowHistory.sampled(math.sin, 2.0, n))]) for n in (2, 9, 16)}
    assert len(setups) == 1


def test_steady_inflow_is_not_compiled_as_a_history(cylinder):
    setup = common_setup([cylinder()])
    assert setup.inflow_knots == 0
    assert parameters_of([cylinder()], setup).incoming.knots == ()


def test_start_from_rest_has_numbers_everywhere(cylinder):
    """No inflow, no flow, no force: nothing is divided by any of these."""
    case = cylinder(inflow_history=InflowHistory(np.array([5.0, 6.0]), np.array([0.0, 1.0])))
    assert not case.inflow_velocity().any()
    (still,), (moving,) = simulate([case], 40), simulate([case], 450)
    assert not still.velocity.any()
    assert still.certificate.accepted
    assert (still.drag_coefficient, still.certificate.residual, still.certificate.force_imbalance) == (0.0, 0.0, 0.0)
    assert moving.drag_coefficient > 0.0
    assert math.isfinite(moving.certificate.residual)


def test_look_at_edges_uses_the_inflow_of_the_step(cylinder):
    """Uniform flow at the inflow's velocity in the coming step: what enters on the left leaves on the right."""
    case = cylinder(inflow_history=RAMP, precision="float64")
    setup = common_setup([case])
    parameters = parameters_of([case], setup)
    at_rest = tuple(jnp.zeros((1, 26, 50)) for _ in range(9))
    for steps in (0, 100, 10000):
        _, edges = exchanged(setup, parameters, State(at_rest, jnp.full(1, steps, jnp.int32)))
        factor = RAMP.at((steps + 0.5) * case.velocity_scale / case.cells_per_length)
        # Fluid at rest and an inlet that is not: the outlet lets in the wave that makes up for the difference.
        entered = factor * case.velocity_scale * 24.0
        stream = factor * case.velocity_scale
        outlet = stream / (stream + math.sqrt(stream**2 + 1.0 / 3.0)) * 24.0 / 6.0
        assert float(edges.mass[0]) == pytest.approx(entered - outlet, rel=1e-9)


STEADY = SteadyOptions(tolerance=1e-2, force_tolerance=1e-2, max_time=12.0, batch=1)


def test_flow_is_not_steady_before_its_inflow_is(cylinder):
    pause = InflowHistory(np.array([4.0, 5.0]), np.array([0.0, 1.0]))
    flows = simulate_steady([cylinder(inflow_history=pause)] * 2, STEADY)
    assert flows[0].certificate.converged
    assert flows[0].time > 6.0
    assert flows[0].drag_coefficient > 1.0
    # The second case took the first one's slot, and began at the beginning.
    assert _bits(flows[0]) == _bits(flows[1])


def test_inflow_that_changes_beyond_the_run_is_refused(cylinder):
    late = InflowHistory(np.array([0.0, 11.5]), np.array([0.0, 1.0]))
    with pytest.raises(CaseError, match=r"^inflow_history: changes until 11.5 D/U, and a run may take 12: raise"):
        simulate_steady([cylinder(), cylinder(inflow_history=late)], STEADY)


def _checked(times: np.ndarray, factors: np.ndarray) -> None:
    """Check values of which the type checker refuses some earlier under test."""
    history = InflowHistory(np.zeros(1), np.zeros(1))
    object.__setattr__(history, "times", times)
    object.__setattr__(history, "factors", factors)
    history.__post_init__()


@pytest.mark.parametrize(
    ("times", "factors", "problem"),
    [
        ([], [], r": has times of shape \(0,\)"),
        ([0.0, 1.0], [1.0], r": has times of shape \(2,\) and factors of shape \(1,\)"),
        ([[0.0, 1.0]], [[1.0, 2.0]], r": has times of shape \(1, 2\)"),
        ([0.0, 0.0], [1.0, 2.0], ": has times that do not ascend"),
        ([1.0, 0.0], [1.0, 2.0], ": has times that do not ascend"),
        ([0.0, math.nan], [1.0, 2.0], r"\.times: holds values that are not finite"),
        ([0.0, 1.0], [1.0, math.inf], r"\.factors: holds values that are not finite"),
    ],
)
def test_bad_history_is_refused(times, factors, problem):
    with pytest.raises(CaseError, match=f"^inflow_history{problem}"):
        _checked(np.array(times, float), np.array(factors, float))


@pytest.mark.parametrize(("end", "count", "field"), [(0.0, 5, "end"), (math.inf, 5, "end"), (1.0, 1, "count")])
def test_bad_sampling_is_refused(end, count, field):
    with pytest.raises(CaseError, match=rf"^inflow_history\.{field}: is "):
        InflowHistory.sampled(math.sin, end, count)


def test_history_without_an_inlet_is_refused():
    with pytest.raises(CaseError, match=r"^inflow_history: is given, but no edge is an inlet"):
        FlowCase(open_box((8, 8)), 10.0, 4, edges=PERIODIC, inflow_history=RAMP)


@pytest.mark.native
def test_engines_agree_while_the_inflow_changes(cylinder):
    case = replace(cylinder(precision="float64"), inflow_history=RAMP, inflow=np.linspace(0.5, 1.5, 24))
    runs = [Run([case, case], engine=engine) for engine in ("xla", "native")]
    for run in runs:
        for steps in (90, 120):
            run.advance(steps)
    expected, found = (np.asarray(run.velocity()) for run in runs)
    np.testing.assert_allclose(found, expected, rtol=0.0, atol=1e-12 * np.abs(expected).max())
