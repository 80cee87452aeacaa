"""Derivatives of a flow by its inputs, against finite differences and each other."""

import re
from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from emulax_lbm import PERIODIC, CaseError, FlowCase, differentiable, inputs_of, open_box
from emulax_lbm.problems import ball
from emulax_lbm.run import Run

STEPS = 6
NATIVE = pytest.param("native", marks=pytest.mark.native)


@pytest.fixture(scope="module")
def cases(cylinder) -> tuple[FlowCase, FlowCase]:
    """Everything that can be an input counts, and the two differ in all of it but the box."""
    inflow = 1.0 + 0.2 * np.sin(np.arange(24.0))
    return (
        cylinder(precision="float64", body_force=(0.3, -0.2), inflow=inflow),
        cylinder((2.3, 1.4), 7.0, diameter=1.2, precision="float64", body_force=(-0.1, 0.1), inflow=inflow[::-1]),
    )


def _value(cases, engine):
    """Some number to differentiate in which all outputs of every case count, in whatever slot it is."""
    solve = differentiable(cases, STEPS, engine=engine)
    rng = np.random.default_rng(3)
    weights = jax.tree.map(lambda leaf: rng.normal(size=leaf.shape[1:]), solve(inputs_of(cases)))

    def value(inputs):
        weighed = jax.tree.map(lambda leaf, weight: jnp.sum(leaf * weight[None]), solve(inputs), weights)
        return sum(weighed)

    return value


@cache
def _gradient(cases, engine="xla"):
    return jax.grad(_value(cases, engine))(inputs_of(cases))


def _slope(value, inputs, direction, step):
    ahead, behind = (
        value(jax.tree.map(lambda leaf, along: leaf + sign * step * along, inputs, direction)) for sign in (1, -1)
    )
    return (ahead - behind) / (2.0 * step)


def _random_like(inputs, rng):
    return jax.tree.map(lambda leaf: rng.normal(size=leaf.shape), inputs)


def _dot(one, other):
    return sum(jax.tree.leaves(jax.tree.map(lambda x, y: float(jnp.sum(x * y)), one, other)))


@pytest.mark.parametrize("name", ["reynolds", "velocity", "pressure", "inflow", "sdf", "body_force"])
def test_derivative_is_that_of_finite_differences(cases, rng, name):
    inputs = inputs_of(cases)
    direction = jax.tree.map(jnp.zeros_like, inputs)._replace(**{name: rng.normal(size=getattr(inputs, name).shape)})
    # Wide enough for round-off; a wall's bend in the distance is sharper than all others.
    expected = _slope(_value(cases, "xla"), inputs, direction, 1e-7 if name == "sdf" else 1e-5)
    assert _dot(_gradient(cases), direction) == pytest.approx(expected, rel=1e-5)
    assert abs(expected) > 1e-3


@pytest.mark.native
def test_engines_have_the_same_derivatives(cases):
    for xla, native in zip(_gradient(cases), _gradient(cases, "native"), strict=True):
        np.testing.assert_allclose(native, xla, atol=1e-11 * np.max(np.abs(xla)))


def test_gradient_of_a_batch_is_the_batch_of_gradients(cases):
    swapped = _gradient(cases[::-1])
    for slot in (0, 1):
        alone = _gradient((cases[slot],) * 2)
        for one, other, third in zip(alone, _gradient(cases), swapped, strict=True):
            np.testing.assert_allclose(one[0], other[slot], atol=1e-12 * np.max(np.abs(one)))
            np.testing.assert_allclose(one[0], third[1 - slot], atol=1e-12 * np.max(np.abs(one)))


@pytest.mark.parametrize("engine", ["xla", NATIVE])
def test_outputs_are_those_of_a_run(cases, engine):
    outputs = differentiable(cases, STEPS, engine=engine)(inputs_of(cases))
    run = Run(cases, engine=engine)
    run.advance(STEPS)
    np.testing.assert_allclose(outputs.velocity, run.velocity(), atol=1e-13)
    np.testing.assert_allclose(outputs.pressure, run.pressure(), atol=1e-12)
    np.testing.assert_allclose(outputs.forces, run.forces(), atol=1e-12)


@pytest.mark.parametrize("name", ["inflow", "sdf", "body_force"])
def test_input_that_is_left_out_is_that_of_the_cases(cases, name):
    solve, inputs = differentiable(cases, STEPS), inputs_of(cases)
    for given, left_out in zip(solve(inputs), solve(inputs._replace(**{name: None})), strict=True):
        np.testing.assert_allclose(left_out, given, atol=1e-13)


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["xla", NATIVE])
def test_derivative_in_three_dimensions(rng, engine):
    case = FlowCase(ball((8, 9, 16), (1.9, 1.1, 1.0), 4), 4.0, 4, precision="float64")
    value, inputs = _value([case], engine), inputs_of([case])
    direction = _random_like(inputs, rng)
    expected = _slope(value, inputs, direction, 1e-7)
    assert _dot(jax.grad(value)(inputs), direction) == pytest.approx(expected, rel=1e-5)


def _driven_box(precision="float64", **changes):
    return FlowCase(open_box((4, 5)), 10.0, 4, edges=PERIODIC, precision=precision, **changes)


@pytest.mark.parametrize("engine", ["xla", NATIVE])
def test_velocity_gains_the_force_times_the_time(engine):
    """`u = F t` is exact; eleven steps leave some over after the segments. A force that is none is an input, too."""
    case = _driven_box()
    solve = differentiable([case], 11, engine=engine)
    inputs = inputs_of([case])._replace(body_force=jnp.zeros((1, 2)))
    gained = jax.grad(lambda inputs: jnp.mean(solve(inputs).velocity[..., 1]))(inputs)
    time = 11 * case.velocity_scale / case.cells_per_length
    np.testing.assert_allclose(gained.body_force, [[0.0, time]], atol=1e-14)
    np.testing.assert_allclose(gained.velocity[..., 1], 1.0 / 20.0, rtol=1e-12)


def test_forward_mode_of_xla_agrees_with_reverse_mode(rng):
    case = _driven_box(body_force=(0.2, 0.1))
    inputs = inputs_of([case])
    inputs = jax.tree.map(jnp.add, inputs, jax.tree.map(lambda leaf: 0.1 * leaf, _random_like(inputs, rng)))
    direction, solve = _random_like(inputs, rng), differentiable([case], 11, engine="xla")

    def energy(inputs):
        return jnp.sum(solve(inputs).velocity ** 2)

    _, slope = jax.jvp(energy, (inputs,), (direction,))
    assert slope == pytest.approx(_dot(jax.grad(energy)(inputs), direction), rel=1e-12)


@pytest.mark.native
@pytest.mark.parametrize("transform", [lambda f: f, jax.jit])
def test_forward_mode_of_the_native_engine_is_refused(transform):
    inputs = inputs_of([_driven_box()])
    solve = transform(differentiable([_driven_box()], 2, engine="native"))
    with pytest.raises(CaseError, match=r"^engine: is 'native', .* use engine='xla'$"):
        jax.jvp(solve, (inputs,), (inputs,))


@pytest.mark.parametrize(("precision", "other"), [("float32", "f64"), ("float64", "f32")])
@pytest.mark.parametrize("engine", ["xla", NATIVE])
def test_gradient_keeps_its_precision(cylinder, engine, precision, other):
    case = cylinder(precision=precision, body_force=(0.1, 0.0))
    solve, inputs = differentiable([case], 2, engine=engine), inputs_of([case])
    program = jax.make_jaxpr(jax.grad(lambda inputs: solve(inputs).forces[0, 0]))(inputs)
    # A Python number may pass as a weakly typed scalar; an array may not.
    assert not re.search(rf"{other}\[[^\]]", str(program))
    assert {aval.dtype for aval in program.out_avals} == {np.dtype(precision)}


def test_inputs_are_what_the_cases_have(cylinder):
    assert inputs_of([cylinder()]).body_force is None
    assert inputs_of([cylinder(walls="half-way")]).sdf is None
    assert (inputs_of([_driven_box()]).inflow, inputs_of([_driven_box()]).sdf) == (None, None)


def test_no_cases_are_refused():
    with pytest.raises(CaseError, match="^cases: is empty"):
        differentiable([], 2)


def test_no_steps_are_refused(cylinder):
    with pytest.raises(CaseError, match="^steps: is 0, must be at least 1"):
        differentiable([cylinder()], 0)


def test_input_of_the_wrong_shape_is_refused(cylinder):
    inputs = inputs_of([cylinder()])
    with pytest.raises(CaseError, match=r"^inflow: has shape \(1, 23\), must have \(1, 24\)"):
        differentiable([cylinder()], 2)(inputs._replace(inflow=inputs.inflow[:, 1:]))


def test_force_of_the_wrong_shape_is_refused(cylinder):
    inputs = inputs_of([cylinder()])
    with pytest.raises(CaseError, match=r"^body_force: has shape \(2,\), must have \(1, 2\)"):
        differentiable([cylinder()], 2)(inputs._replace(body_force=jnp.zeros(2)))


@pytest.mark.parametrize(("name", "why"), [("inflow", "no edge is an inlet"), ("sdf", "no interpolated walls inside")])
def test_input_that_does_not_apply_is_refused(name, why):
    inputs = inputs_of([_driven_box()])
    with pytest.raises(CaseError, match=f"^{name}: is given, but .*{why}: leave it None"):
        differentiable([_driven_box()], 2)(inputs._replace(**{name: jnp.zeros((1, 4, 5))}))


def test_other_topology_is_refused(cylinder):
    moved = jnp.asarray(cylinder((2.2, 1.5)).sdf)[None]
    with pytest.raises(CaseError, match="^sdf: is positive in other cells than that of the cases"):
        differentiable([cylinder()], 2)(inputs_of([cylinder()])._replace(sdf=moved))
