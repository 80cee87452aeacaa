"""Derivatives of a flow by its inputs, against finite differences and each other."""

import re
from functools import cache, partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from emulax_lbm import PERIODIC, CaseError, FlowCase, differentiable, inputs_of, open_box
from emulax_lbm.boundaries import rotation
from emulax_lbm.problems import ball
from emulax_lbm.run import Run

NATIVE = pytest.param("native", marks=pytest.mark.native)
ENGINES = pytest.mark.parametrize("engine", ["xla", NATIVE])

_quickly = {"xla_backend_optimization_level": 0}  # the programs are compiled for a few steps only


@partial(jax.jit, static_argnums=0, compiler_options=_quickly)
def _forward(solve, inputs):
    return solve(inputs)


@partial(jax.jit, static_argnums=0, compiler_options=_quickly)
def _reverse(solve, inputs, cotangent):
    return jax.vjp(solve, inputs)[1](cotangent)[0]


def _random_like(tree, seed):
    """Of one case, the same for all: so that it does not matter in which slot it is."""
    rng = np.random.default_rng(seed)
    return jax.tree.map(lambda leaf: np.stack([rng.normal(size=leaf.shape[1:])] * leaf.shape[0]), tree)


def _dot(one, other):
    return float(sum(jnp.vdot(x, y) for x, y in zip(jax.tree.leaves(one), jax.tree.leaves(other), strict=True)))


def _slope(solve, inputs, direction, cotangent, step):
    """Central difference of the outputs along a direction of the inputs, weighed."""
    moved = [jax.tree.map(lambda x, d, h=h: x + h * d, inputs, direction) for h in (step, -step)]
    ahead, behind = (_forward(solve, one) for one in moved)
    return _dot(cotangent, jax.tree.map(lambda x, y: (x - y) / (2.0 * step), ahead, behind))


@cache
def _solve(cases, engine, steps):
    return differentiable(cases, steps, engine=engine)


@cache
def _gradient(cases, engine="xla", steps=6):
    """Gradient of some weighed sum of all outputs, and the weights."""
    inputs = inputs_of(cases)
    cotangent = _random_like(jax.eval_shape(_solve(cases, engine, steps), inputs), 3)
    return _reverse(_solve(cases, engine, steps), inputs, cotangent), cotangent


@pytest.fixture(scope="module")
def cases(cylinder) -> tuple[FlowCase, FlowCase]:
    """Everything that can be an input counts, and the two differ in all of it but the box; one body turns."""
    inflow = 1.0 + 0.2 * np.sin(np.arange(24.0))
    common = {"precision": "float64", "walls": "bouzidi-quadratic"}
    turning = rotation((24, 48), (2.3, 1.4), 8, 0.3)
    return (
        cylinder(body_force=(0.3, -0.2), inflow=inflow, **common),
        cylinder((2.3, 1.4), 7.0, body_force=(-0.1, 0.1), inflow=inflow[::-1], wall_velocity=turning, **common),
    )


@pytest.mark.parametrize("name", ["reynolds", "velocity", "pressure", "inflow", "sdf", "body_force"])
def test_derivative_is_that_of_finite_differences(cases, name):
    inputs = inputs_of(cases)
    direction = jax.tree.map(jnp.zeros_like, inputs)
    direction = direction._replace(**{name: getattr(_random_like(inputs, 4), name)})
    gradient, cotangent = _gradient(cases)
    # Wide enough for round-off; the answer of a wall is more strongly bent in the distances than all else.
    step = 1e-7 if name == "sdf" else 1e-5
    expected = _slope(_solve(cases, "xla", 6), inputs, direction, cotangent, step)
    assert _dot(gradient, direction) == pytest.approx(expected, rel=1e-5)
    assert abs(expected) > 1e-3


@pytest.mark.slow
@pytest.mark.native
def test_engines_have_the_same_derivatives(cases):
    for xla, native in zip(_gradient(cases)[0], _gradient(cases, "native")[0], strict=True):
        np.testing.assert_allclose(native, xla, atol=1e-11 * np.max(np.abs(xla)))


@pytest.mark.slow
def test_gradient_of_a_batch_is_the_batch_of_gradients(cases):
    for alone, batch in zip(_gradient(cases[1:])[0], _gradient(cases)[0], strict=True):
        np.testing.assert_allclose(alone[0], batch[1], atol=1e-12 * np.max(np.abs(batch)))


@ENGINES
def test_outputs_are_those_of_a_run(cases, engine):
    outputs = _forward(_solve(cases, engine, 6), inputs_of(cases))
    run = Run(cases, engine=engine)
    run.advance(6)
    np.testing.assert_allclose(outputs.velocity, run.velocity(), atol=1e-13)
    np.testing.assert_allclose(outputs.pressure, run.pressure(), atol=1e-12)
    np.testing.assert_allclose(outputs.forces, run.forces(), atol=1e-12)


def test_inputs_that_are_left_out_are_those_of_the_cases(cases):
    solve, inputs = _solve(cases, "xla", 6), inputs_of(cases)
    left_out = _forward(solve, inputs._replace(inflow=None, sdf=None, body_force=None))
    for one, other in zip(left_out, _forward(solve, inputs), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-13)


@pytest.mark.slow
@ENGINES
def test_derivative_in_three_dimensions(engine):
    cases = (FlowCase(ball((8, 9, 16), (1.9, 1.1, 1.0), 4), 4.0, 4, precision="float64"),)
    gradient, cotangent = _gradient(cases, engine, 4)
    direction = _random_like(inputs_of(cases), 4)
    expected = _slope(_solve(cases, engine, 4), inputs_of(cases), direction, cotangent, 1e-7)
    assert _dot(gradient, direction) == pytest.approx(expected, rel=1e-5)


@pytest.fixture(scope="module")
def box() -> tuple[FlowCase]:
    return (FlowCase(open_box((4, 5)), 10.0, 4, edges=PERIODIC, precision="float64", body_force=(0.2, 0.1)),)


@pytest.mark.slow
@ENGINES
def test_velocity_gains_the_force_times_the_time(box, engine):
    """`u = F t` is exact. Eleven steps leave some over after the segments."""
    _, cotangent = _gradient(box, engine, 11)
    mean = jax.tree.map(np.zeros_like, cotangent)._replace(velocity=np.tile([0.0, 1.0 / 20.0], (1, 4, 5, 1)))
    gradient = _reverse(_solve(box, engine, 11), inputs_of(box), mean)
    time = 11 * box[0].velocity_scale / box[0].cells_per_length
    np.testing.assert_allclose(gradient.body_force, [[0.0, time]], atol=1e-14)
    np.testing.assert_allclose(gradient.velocity, mean.velocity, atol=1e-15)


def test_forward_mode_of_xla_agrees_with_reverse_mode(box):
    gradient, cotangent = _gradient(box, "xla", 11)
    direction, solve = _random_like(inputs_of(box), 4), _solve(box, "xla", 11)
    forwards = jax.jit(lambda x, d: jax.jvp(solve, (x,), (d,))[1], compiler_options=_quickly)
    slope = _dot(forwards(inputs_of(box), direction), cotangent)
    assert slope == pytest.approx(_dot(gradient, direction), rel=1e-11)


@pytest.mark.native
@pytest.mark.parametrize("transform", [lambda f: f, jax.jit])
def test_forward_mode_of_the_native_engine_is_refused(box, transform):
    solve = transform(_solve(box, "native", 2))
    with pytest.raises(CaseError, match=r"^engine: is 'native', .* use engine='xla'"):
        jax.jvp(solve, (inputs_of(box),), (inputs_of(box),))


def test_force_that_is_none_can_be_an_input(cylinder):
    solve, inputs = differentiable([cylinder()], 1), inputs_of([cylinder()])
    assert inputs.body_force is None
    push = jnp.array([[0.0, 1.0]], jnp.float32)
    gained = _forward(solve, inputs._replace(body_force=push)).velocity - _forward(solve, inputs).velocity
    # Far from the body a step adds its time times the force.
    time = cylinder().velocity_scale / cylinder().cells_per_length
    np.testing.assert_allclose(gained[0, 12, 40], [0.0, time], rtol=1e-4, atol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize(("precision", "other"), [("float32", "f64"), ("float64", "f32")])
@ENGINES
def test_gradient_keeps_its_precision(cylinder, engine, precision, other):
    case = cylinder(precision=precision, body_force=(0.1, 0.0))
    solve, inputs = differentiable([case], 2, engine=engine), inputs_of([case])
    program = jax.make_jaxpr(jax.grad(lambda inputs: solve(inputs).forces[0, 0]))(inputs)
    # A Python number may pass as a weakly typed scalar; an array may not.
    assert not re.search(rf"{other}\[[^\]]", str(program))
    assert {aval.dtype for aval in program.out_avals} == {np.dtype(precision)}


def test_inputs_are_what_the_cases_have(cylinder, box):
    assert inputs_of([cylinder()]).body_force is None
    assert inputs_of([cylinder(walls="half-way")]).sdf is None
    assert (inputs_of(box).inflow, inputs_of(box).sdf) == (None, None)


def test_no_cases_are_refused():
    with pytest.raises(CaseError, match=r"^cases: is empty"):
        differentiable([], 2)


def test_no_steps_are_refused(cylinder):
    with pytest.raises(CaseError, match=r"^steps: is 0, must be at least 1"):
        differentiable([cylinder()], 0)


@pytest.mark.parametrize(
    ("name", "shape", "expected"), [("inflow", (1, 23), (1, 24)), ("body_force", (2,), (1, 2)), ("reynolds", (), (1,))]
)
def test_input_of_the_wrong_shape_is_refused(cylinder, name, shape, expected):
    inputs = inputs_of([cylinder()])._replace(**{name: jnp.ones(shape, jnp.float32)})
    with pytest.raises(CaseError, match=re.escape(f"{name}: has shape {shape}, must have {expected}")):
        differentiable([cylinder()], 2)(inputs)


@pytest.mark.parametrize(("name", "why"), [("inflow", "no edge is an inlet"), ("sdf", "no interpolated walls inside")])
def test_input_that_does_not_apply_is_refused(box, name, why):
    with pytest.raises(CaseError, match=f"^{name}: is given, but .*{why}: leave it None"):
        differentiable(box, 2)(inputs_of(box)._replace(**{name: jnp.zeros((1, 4, 5))}))


def test_other_topology_is_refused(cylinder):
    moved = jnp.asarray(cylinder((2.2, 1.5)).sdf)[None]
    with pytest.raises(CaseError, match=r"^sdf: is positive in other cells than that of the cases"):
        differentiable([cylinder()], 2)(inputs_of([cylinder()])._replace(sdf=moved))
