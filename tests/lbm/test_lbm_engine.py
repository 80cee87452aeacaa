import re
from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from emulax_lbm import PERIODIC, TRT, CaseError, Edges, FlowCase, FreeSlip, Periodic, open_box, simulate
from emulax_lbm.engines import advance
from emulax_lbm.monitor import advance_and_look
from emulax_lbm.setup import common_setup, fields, initial_state, parameters_of

ENGINES = pytest.mark.parametrize("engine", ["xla", pytest.param("native", marks=pytest.mark.native)])


def _inflow(setup, parameters, case):
    return initial_state(setup, parameters, case.inflow_velocity()[None])


def _start(case: FlowCase):
    setup = common_setup([case])
    parameters = parameters_of([case], setup)
    return setup, parameters, _inflow(setup, parameters, case)


@ENGINES
def test_split_run_has_the_same_bits(cylinder, engine):
    setup, parameters, state = _start(cylinder())
    whole = advance(engine, setup, parameters, state, jnp.int32(30))
    state = _inflow(setup, parameters, cylinder())
    for steps in (11, 19):
        state = advance(engine, setup, parameters, state, jnp.int32(steps))
    np.testing.assert_array_equal(np.stack(state.f), np.stack(whole.f))


@ENGINES
def test_solid_cells_hold_nothing(cylinder, engine):
    case = cylinder()
    setup, parameters, state = _start(case)
    state = np.stack(advance(engine, setup, parameters, state, jnp.int32(30)).f)[:, 0, 1:-1, 1:-1]
    assert not state[:, case.sdf <= 0.0].any()
    assert state[:, case.sdf > 0.0].any()


@ENGINES
def test_looking_does_not_change_the_run(cylinder, engine):
    setup, parameters, state = _start(cylinder())
    looked, _ = advance_and_look(engine, setup, parameters, state, 30)
    unseen = advance(engine, setup, parameters, _inflow(setup, parameters, cylinder()), jnp.int32(30))
    np.testing.assert_allclose(np.stack(looked.f), np.stack(unseen.f), atol=1e-7)


@pytest.mark.parametrize("body_force", [(0.0, 0.0), (0.1, 0.0)])
@ENGINES
def test_single_precision_run_holds_no_double(cylinder, body_force, engine):
    setup, parameters, state = _start(cylinder(body_force=body_force))
    program = jax.make_jaxpr(lambda p, f: advance_and_look(engine, setup, p, f, 3))(parameters, state)
    # A Python number may pass as a weakly typed scalar; an array may not.
    assert not re.search(r"f64\[[^\]]", str(program))
    assert re.search(r"f32\[[^\]]", str(program))


@ENGINES
def test_double_precision_run_holds_no_single(cylinder, engine):
    setup, parameters, state = _start(cylinder(precision="float64"))
    program = jax.make_jaxpr(lambda p, f: advance_and_look(engine, setup, p, f, 3))(parameters, state)
    assert "f32" not in str(program)


@pytest.mark.parametrize("body_force", [(0.0, 0.0), (0.3, -0.2)])
def test_initial_fields_come_back(cylinder, rng, body_force):
    case = cylinder(precision="float64", body_force=body_force)
    setup = common_setup([case])
    parameters = parameters_of([case], setup)
    fluid = case.sdf > 0.0
    velocity, pressure = rng.normal(size=(1, *fluid.shape, 2)), rng.normal(size=(1, *fluid.shape))
    u, r = fields(setup, parameters, initial_state(setup, parameters, velocity, pressure))
    np.testing.assert_allclose(u[0] / case.velocity_scale, velocity[0] * fluid[..., None], atol=1e-14)
    np.testing.assert_allclose(r[0] / (3.0 * case.velocity_scale**2), pressure[0] * fluid, atol=1e-12)


def test_flow_starts_at_the_inflow(cylinder):
    case = cylinder()
    setup, parameters, state = _start(case)
    u, r = fields(setup, parameters, state)
    fluid = case.sdf > 0.0
    np.testing.assert_allclose(u[0, ..., 0], np.where(fluid, np.float32(case.velocity_scale), 0.0), rtol=1e-6)
    assert not np.any(u[..., 1])
    np.testing.assert_allclose(r, 0.0, atol=1e-8)


def test_uniform_force_accelerates_at_its_rate():
    """`u = F t`, whatever the viscosity."""
    case = FlowCase(open_box((4, 4)), 10.0, 4, edges=PERIODIC, body_force=(0.2, -0.1), precision="float64")
    (few,), (many,) = (simulate([case], steps) for steps in (20, 40))
    gained = (many.velocity - few.velocity) / (many.time - few.time)
    np.testing.assert_allclose(gained, np.broadcast_to(case.body_force, gained.shape), rtol=1e-12)


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("edges", {"edges": Edges(Periodic(), Periodic(), FreeSlip(), FreeSlip())}),
        ("collision", {"collision": TRT(0.25)}),
        ("walls", {"walls": "half-way"}),
        ("precision", {"precision": "float64"}),
        ("cells_per_length", {"cells_per_length": 9}),
        ("lattice_velocity", {"lattice_velocity": 0.05}),
        ("sdf", {"sdf": open_box((24, 32))}),
    ],
)
def test_cases_that_cannot_run_together_are_refused(cylinder, field, changes):
    with pytest.raises(CaseError, match=rf"^{field}: differs .*within an ensemble"):
        common_setup([cylinder(), replace(cylinder(), **changes)])


def test_cases_may_differ_in_body_reynolds_number_and_force(cylinder):
    common_setup([cylinder(), cylinder((3.0, 1.4), 20.0, body_force=(0.1, 0.0))])


def test_double_precision_without_x64_is_refused(cylinder):
    case = cylinder(precision="float64")
    with jax.enable_x64(False), pytest.raises(CaseError, match=r"^precision: .* turn jax_enable_x64 on"):
        simulate([case], 2)


def test_single_precision_needs_no_x64():
    with jax.enable_x64(False):
        (flow,) = simulate([FlowCase(open_box((3, 4)), 10.0, 4, edges=PERIODIC, body_force=(1.0, 0.0))], 4)
    assert flow.velocity.dtype == np.float32
