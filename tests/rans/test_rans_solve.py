"""Solved flows: convergence, invariants, starts, and derivatives through the solve."""

from dataclasses import replace
from functools import cache, partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from emulax_rans import (
    BulkVelocity,
    CaseError,
    DrivingForce,
    KOmegaSST,
    LaunderSharma,
    MeanFlow,
    NewtonOptions,
    RansCase,
    ReynoldsStress,
    Section,
    duct_quadrant,
    half_channel,
    solve,
    solve_turbulence,
    solve_velocity,
)
from emulax_rans.grid import grid_of

RE_TAU = 180.0


@cache
def _channel(cells=40, turbulence=None, drive=None):
    section = half_channel(cells, first=0.5 / RE_TAU)
    return RansCase(section, 1.0 / RE_TAU, drive or DrivingForce(1.0), turbulence or KOmegaSST())


def _second_order(coefficient, flow: MeanFlow) -> ReynoldsStress:
    """Boussinesq's closure and a term of second order, which makes normal stresses differ."""
    strain = flow.strain_rate
    rotation = flow.velocity_gradient - strain
    scale = (flow.kinetic_energy * flow.eddy_viscosity / flow.dissipation)[..., None, None]
    return ReynoldsStress(
        coefficient[0] * flow.eddy_viscosity, coefficient[1] * scale * (strain @ rotation - rotation @ strain)
    )


def _closure(linear=1.0, quadratic=-0.1):
    return jax.tree_util.Partial(_second_order, jnp.asarray([linear, quadratic]))


@pytest.fixture(scope="module")
def channel_flow():
    return solve(_channel())


@pytest.fixture(scope="module")
def duct():
    section = duct_quadrant(12, first=2.0 / 150.0)
    return RansCase(section, 1.0 / 2500.0, BulkVelocity(1.0))


@pytest.fixture(scope="module")
def duct_flow(duct):
    return solve(duct)


@pytest.mark.parametrize(
    "model",
    [KOmegaSST(), pytest.param(LaunderSharma(), marks=pytest.mark.slow)],
    ids=lambda model: type(model).__name__,
)
def test_channel_balances_its_force_by_the_shear_at_the_wall(model):
    case = _channel(turbulence=model)
    flow = solve(case)
    assert flow.converged
    slope = grid_of(case.section).y.gradient(flow.mean.velocity[..., 0])[0, -1]
    assert -case.viscosity * slope == pytest.approx(1.0, rel=1e-8)


def test_channel_has_the_law_of_the_wall(channel_flow):
    """U+ = y+ next to the wall, and a centre velocity near 18.3, that of the direct simulation at Re_tau 178."""
    distance, u = _channel().section.wall_distance[0] * RE_TAU, channel_flow.mean.velocity[0, :, 0]
    assert u[-1] == pytest.approx(distance[-1], rel=1e-3)
    assert u[0] == pytest.approx(18.3, rel=0.05)


@pytest.mark.slow
def test_a_given_bulk_velocity_takes_the_force_that_gives_it(channel_flow):
    case = _channel()
    bulk = float((case.section.area * channel_flow.mean.velocity[..., 0]).sum())
    again = solve(replace(case, drive=BulkVelocity(bulk)))
    assert again.driving_force == pytest.approx(1.0, rel=1e-7)


@pytest.mark.slow
def test_units_do_not_matter(channel_flow):
    """The same channel in units of length and velocity a thousand times as small."""
    case, unit = _channel(), 1e-3
    section = replace(case.section, y=case.section.y * unit)
    scaled = solve(RansCase(section, case.viscosity * unit * unit, DrivingForce(1.0 * unit)))
    np.testing.assert_allclose(scaled.mean.velocity / unit, channel_flow.mean.velocity, rtol=1e-7, atol=1e-12)


def test_a_linear_closure_makes_no_secondary_flow(duct_flow):
    assert duct_flow.converged
    assert jnp.abs(duct_flow.mean.velocity[..., 1:]).max() < 1e-12


def test_bulk_velocity_is_kept(duct, duct_flow):
    bulk = (duct.section.area * duct_flow.mean.velocity[..., 0]).sum() / duct.section.area.sum()
    assert bulk == pytest.approx(1.0, rel=1e-12)


@pytest.mark.slow
def test_a_square_duct_is_symmetric_about_its_diagonal(duct, duct_flow):
    flow = solve(duct, _closure(), start=duct_flow)
    assert flow.converged
    v, w = flow.mean.velocity[..., 1], flow.mean.velocity[..., 2]
    assert jnp.abs(v).max() > 1e-3
    np.testing.assert_allclose(v, w.T, atol=1e-9)


@pytest.mark.slow
def test_secondary_flow_goes_into_the_corner_along_the_diagonal(duct, duct_flow):
    flow = solve(duct, _closure(), start=duct_flow)
    diagonal = jnp.diagonal(flow.mean.velocity[..., 1])
    assert diagonal[jnp.abs(diagonal).argmax()] > 1e-3


@pytest.mark.slow
def test_a_ramp_ends_at_the_same_flow(duct, duct_flow):
    at_once = solve(duct, _closure(), start=duct_flow)
    in_steps = solve(duct, _closure(), start=duct_flow, ramp=(0.3, 1.0))
    assert in_steps.steps > at_once.steps
    np.testing.assert_allclose(in_steps.mean.velocity, at_once.mean.velocity, atol=1e-9)


@pytest.mark.slow
def test_the_stress_of_a_flow_gives_the_flow(duct, duct_flow):
    """A quadratic closure's own stress is balanced by its own velocity, and takes its own force."""
    flow = solve(duct, _closure(), start=duct_flow)
    again = solve_velocity(duct, flow.stress)
    assert again.converged
    np.testing.assert_allclose(again.velocity, flow.mean.velocity, atol=1e-8)
    assert again.driving_force == pytest.approx(float(flow.driving_force), rel=1e-7)


@pytest.mark.slow
def test_turbulence_in_the_velocity_of_a_stress_is_that_of_the_whole_flow(duct, duct_flow):
    flow = solve(duct, _closure(), start=duct_flow)
    velocity = solve_velocity(duct, flow.stress)
    for start in (None, duct_flow):
        again = solve_turbulence(duct, velocity, flow.stress, start=start)
        assert again.converged
        for name in ("kinetic_energy", "dissipation", "velocity_gradient"):
            np.testing.assert_allclose(getattr(again.mean, name), getattr(flow.mean, name), rtol=1e-6, atol=1e-7)


def _given_stress(duct, viscosity=1.0):
    """An eddy viscosity that grows from the walls, and normal stresses that differ near the corner."""
    z, y = duct.section.centres
    d = jnp.asarray(duct.section.wall_distance)
    normal = jnp.asarray(1e-3 * (y**2 - z**2) * np.exp(-((1.0 - y) ** 2) - (1.0 - z) ** 2))
    remainder = jnp.zeros((*duct.section.shape, 3, 3)).at[..., 1, 1].set(normal).at[..., 2, 2].set(-normal)
    return ReynoldsStress(viscosity * 0.01 * d, remainder)


def test_a_given_stress_drives_a_flow_across_the_duct(duct):
    flow = solve_velocity(duct, _given_stress(duct))
    assert flow.converged
    v, w = flow.velocity[..., 1], flow.velocity[..., 2]
    assert jnp.abs(v).max() > 1e-5
    np.testing.assert_allclose(v, w.T, atol=1e-12)
    assert (duct.section.area * flow.velocity[..., 0]).sum() / duct.section.area.sum() == pytest.approx(1.0)


@pytest.mark.slow
def test_a_velocity_is_differentiable_by_its_stress(duct):
    weights = jnp.asarray(np.random.default_rng(6).standard_normal((*duct.section.shape, 3)))
    options = NewtonOptions(time_step=1.0, tolerance=1e-12)
    start = solve_velocity(duct, _given_stress(duct))

    def measured(viscosity):
        flow = solve_velocity(duct, _given_stress(duct, viscosity), start=start, options=options)
        return (weights * flow.velocity).sum() + flow.driving_force

    at, step = jnp.asarray(1.1), 1e-5
    differences = (measured(at + step) - measured(at - step)) / (2.0 * step)
    assert jax.grad(measured)(at) == pytest.approx(float(differences), rel=1e-6)


@pytest.mark.slow
def test_a_start_near_the_end_takes_few_steps(duct, duct_flow):
    assert solve(duct, start=duct_flow).steps == 0


@pytest.mark.slow
def test_a_flow_that_is_not_steady_says_so():
    flow = solve(_channel(), options=NewtonOptions(max_steps=2))
    assert not flow.converged
    assert flow.reason.startswith("not converged: after 2 steps the equations are out of balance by ")


@pytest.mark.slow
def test_the_other_solution_that_coarse_cells_have_is_told_apart():
    section = Section(np.linspace(0.0, 1.0, 17), np.array([0.0, 1.0]), frozenset({"high_y"}))
    flow = solve(RansCase(section, 1.0 / 550.0, DrivingForce()))
    assert flow.imbalance < 1e-8
    assert not flow.converged
    assert "k reaches 304 squares of the friction velocity; cut the cells at the walls" in flow.reason


def test_a_converged_flow_says_so(channel_flow):
    assert channel_flow.reason == f"converged in {channel_flow.steps} steps"


@pytest.mark.slow
def test_derivatives_through_the_solve_are_those_of_finite_differences(duct, duct_flow):
    weights = jnp.asarray(np.random.default_rng(5).standard_normal((*duct.section.shape, 3)))
    options = NewtonOptions(time_step=1.0, tolerance=1e-12)

    def measured(coefficients):
        closure = jax.tree_util.Partial(_second_order, coefficients)
        flow = solve(duct, closure, start=duct_flow, options=options)
        return (weights * flow.mean.velocity).sum() + flow.driving_force

    at, direction = jnp.asarray([1.05, -0.1]), jnp.asarray([0.6, -0.8])
    step = 1e-5
    differences = (measured(at + step * direction) - measured(at - step * direction)) / (2.0 * step)
    assert jax.grad(measured)(at) @ direction == pytest.approx(float(differences), rel=1e-6)


@pytest.mark.slow
def test_derivatives_know_the_force_that_keeps_the_bulk_velocity():
    """By a larger eddy viscosity the force grows and the bulk velocity does not."""
    case = _channel(cells=20, drive=BulkVelocity(15.0))
    start = solve(case)

    def measured(coefficient):
        flow = solve(case, jax.tree_util.Partial(_second_order, jnp.stack([coefficient, 0.0])), start=start)
        return flow.driving_force, (case.section.area * flow.mean.velocity[..., 0]).sum()

    by_force, by_bulk = jax.jacrev(measured)(jnp.asarray(1.0))
    assert by_force > 0.1
    assert by_bulk == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"ramp": ()}, "ramp: is"),
        ({"ramp": (0.5,)}, "ramp: is"),
    ],
)
def test_what_cannot_be_solved_is_refused(arguments, named):
    with pytest.raises(CaseError, match=named):
        solve(_channel(), **arguments)


def test_a_start_of_a_velocity_in_another_section_is_refused(duct, channel_flow):
    with pytest.raises(CaseError, match="start: has"):
        solve_velocity(duct, _given_stress(duct), start=channel_flow)


def test_a_start_in_another_section_is_refused(channel_flow):
    with pytest.raises(CaseError, match="start: has"):
        solve(_channel(cells=20), start=channel_flow)


def test_single_precision_is_refused():
    with jax.enable_x64(False), pytest.raises(CaseError, match="jax_enable_x64: is off"):
        solve(_channel())


@pytest.mark.parametrize(
    "make",
    [
        partial(RansCase, viscosity=0.0),
        partial(RansCase, viscosity=np.nan),
        lambda section: RansCase(section, 1.0, BulkVelocity(-1.0)),
        lambda section: RansCase(section, 1.0, DrivingForce(np.inf)),
    ],
)
def test_a_case_without_positive_numbers_is_refused(make):
    with pytest.raises(CaseError, match="must be a positive number"):
        make(half_channel(4, first=0.1))
