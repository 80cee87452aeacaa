"""Ducts of the data in the solver: errors of a velocity, and training through the solver."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from emulax.core.errors import InputError, RunError
from emulax.models.tensor_basis import TensorBasisConfig, TensorBasisNetwork, algebraic
from emulax.training import OptimiserConfig, read_metrics
from emulax.workflows import velocity_fit
from emulax.workflows.ducts import Duct, corner_signs, duct_errors
from emulax.workflows.stresses import load_stress_model
from emulax.workflows.velocities import RELAXATION, closed_loop, in_double_precision, mixed, stress_in, velocity_of
from emulax.workflows.velocity_fit import VelocityFitConfig, fit_velocity
from emulax_rans import (
    MeanFlow,
    RansCase,
    ReynoldsStress,
    across,
    duct_quadrant,
    solve,
    solve_turbulence,
    solve_velocity,
)

CONFIG = VelocityFitConfig(steps=4, optimiser=OptimiserConfig(learning_rate=3e-3, weight_decay=0.0), checkpoint_every=1)


@pytest.fixture(scope="module")
def duct() -> Duct:
    """A square duct on few cells, whose truth has a third more viscosity and a stress of second order."""
    case = RansCase(duct_quadrant(10, first=2.0 / 150.0), 1.0 / 2500.0)
    shape = case.section.shape
    z, y = (jnp.asarray(centres) for centres in case.section.centres)
    d = jnp.asarray(case.section.wall_distance)
    u = 2.0 * (1.0 - y**2) * (1.0 - z**2)
    gradient = jnp.zeros((*shape, 3, 3))
    gradient = gradient.at[..., 0, 1].set(-4.0 * y * (1.0 - z**2)).at[..., 0, 2].set(-4.0 * z * (1.0 - y**2))
    k = 0.01 * d
    flow = MeanFlow(
        jnp.stack([u, 0.0 * u, 0.0 * u], axis=-1), gradient, k, jnp.zeros((*shape, 3)), 0.01 * k / d, 0.01 * d, d, 4e-4
    )
    deviator = 2.0 * k[..., None, None] * algebraic.explicit_algebraic(flow)
    stress = ReynoldsStress(4.0 / 3.0 * flow.eddy_viscosity, across(deviator, flow.strain_rate))
    truth = solve_velocity(case, stress)
    assert truth.converged
    zeros = np.zeros((*shape, 3, 3))
    return Duct(case, flow, np.asarray(truth.velocity), zeros, zeros)


def _network() -> TensorBasisNetwork:
    return TensorBasisNetwork(TensorBasisConfig(width=8, depth=1), rngs=nnx.Rngs(0))


def test_the_truth_has_no_error(duct):
    assert max(map(float, duct_errors(duct, jnp.asarray(duct.true_velocity)))) == 0.0


def test_the_model_itself_has_the_error_one(duct):
    found = duct_errors(duct, duct.model_flow.velocity)
    np.testing.assert_allclose([found.streamwise_ratio, found.in_plane], 1.0)


def test_streamwise_error_is_weighed_by_area(duct):
    half = duct.true_velocity.copy()
    part = duct.case.section.centres[1] < 0.5
    half[..., 0] += 0.1 * part
    share = float((duct.share * part).sum())
    assert duct_errors(duct, jnp.asarray(half)).streamwise == pytest.approx(0.1 * share**0.5)


def test_corner_signs_tell_the_sides_of_the_bisector_apart(duct):
    assert corner_signs(duct, duct.true_velocity) == pytest.approx((1.0, 1.0))
    z, y = duct.case.section.centres
    turned = np.where((y > z)[..., None], -duct.true_velocity, duct.true_velocity)
    assert corner_signs(duct, turned) == pytest.approx((-1.0, 1.0))
    assert corner_signs(duct, np.zeros_like(turned)) == (0.0, 0.0)


@pytest.fixture(scope="module")
def fitted(duct, tmp_path_factory):
    """A network trained through the solver, and its directory."""
    out = tmp_path_factory.mktemp("fit")
    network = _network()
    fit_velocity(network, {"square": duct}, CONFIG, out=out)
    return network, out


def test_training_through_the_solver_makes_the_velocity_better(duct, fitted):
    def loss(network):
        errors = duct_errors(duct, velocity_of(network, duct).velocity)
        return errors.streamwise_ratio**2 + errors.in_plane**2

    losses = read_metrics(fitted[1])["train_loss"]
    assert len(losses) == 4
    assert losses[0] == pytest.approx(float(loss(_network())), rel=1e-6)
    assert float(loss(fitted[0])) == pytest.approx(losses.min(), rel=1e-3)
    assert losses.min() < 0.9 * losses[0]


def test_a_trained_model_is_loaded_from_its_directory(fitted):
    network, out = fitted
    jax.tree.map(np.testing.assert_array_equal, nnx.state(load_stress_model(out)), nnx.state(network))


@pytest.mark.slow
@pytest.mark.parametrize("looks", [1, 3])
def test_a_killed_training_goes_on_where_it_stopped(duct, tmp_path, monkeypatch, looks):
    trainer, config = velocity_fit._VelocityTrainer, replace(CONFIG, steps=6, looks=looks)
    advance = trainer._advance

    def killed(self):
        if self.epoch == 3:
            raise KeyboardInterrupt
        return advance(self)

    whole, parts = _network(), _network()
    fit_velocity(whole, {"square": duct}, config, out=tmp_path / "whole")
    monkeypatch.setattr(trainer, "_advance", killed)
    with pytest.raises(KeyboardInterrupt):
        fit_velocity(parts, {"square": duct}, config, out=tmp_path / "parts")
    monkeypatch.setattr(trainer, "_advance", advance)
    fit_velocity(parts, {"square": duct}, config, out=tmp_path / "parts")
    assert (tmp_path / "parts" / "metrics.csv").read_text() == (tmp_path / "whole" / "metrics.csv").read_text()
    jax.tree.map(np.testing.assert_array_equal, nnx.state(parts), nnx.state(whole))


LOOKS = replace(CONFIG, steps=6, looks=3, optimiser=OptimiserConfig(learning_rate=1e-12, weight_decay=0.0))


@pytest.mark.slow
def test_steps_see_the_flows_of_a_closed_loop_and_begin_anew_after_the_last_look(duct, tmp_path):
    """With a learning rate of next to nothing: of two flows in turn, then of three."""
    fit_velocity(_network(), {"square": duct}, LOOKS, out=tmp_path)
    expected, seen, made = [], duct.model_flow, None
    for _ in range(3):
        stress = stress_in(in_double_precision(_network()), seen)
        errors = duct_errors(duct, solve_velocity(duct.case, stress).velocity)
        expected.append(float(errors.streamwise_ratio**2 + errors.in_plane**2))
        made = stress if made is None else mixed(stress, made, RELAXATION)
        seen = solve_turbulence(duct.case, solve_velocity(duct.case, made), made).mean
    first, second, third = expected
    expected_losses = [first, second, first, second, third, first]
    np.testing.assert_allclose(read_metrics(tmp_path)["train_loss"], expected_losses, rtol=1e-6)
    assert min(abs(second / first - 1.0), abs(third / second - 1.0)) > 1e-3


@pytest.mark.slow
def test_looks_begin_anew_where_the_turbulence_fails(duct, tmp_path, monkeypatch):
    whole = velocity_fit.solve_turbulence

    def failed(*arguments, **settings):
        return replace(whole(*arguments, **settings), converged=jnp.asarray(False), imbalance=jnp.asarray(1.0))

    monkeypatch.setattr(velocity_fit, "solve_turbulence", failed)
    with pytest.raises(RunError, match="not once did all 3 looks in turn come to their end"):
        fit_velocity(_network(), {"square": duct}, LOOKS, out=tmp_path)
    losses = read_metrics(tmp_path)["train_loss"]
    np.testing.assert_allclose(losses, losses[0], rtol=1e-6)


@pytest.mark.slow
def test_a_loop_of_the_turbulence_models_own_stress_ends_at_its_own_flow(duct):
    network = _network()
    network.perceptron.head.kernel[...] *= 0.0
    loop = closed_loop(network, duct, relaxation=1.0, tolerance=1e-5)
    assert loop.closed
    assert loop.reason == f"closed after {len(loop.changes)} looks"
    np.testing.assert_allclose(loop.velocity, solve(duct.case).mean.velocity, atol=1e-4)


def test_a_loop_that_does_not_close_says_so(duct):
    loop = closed_loop(_network(), duct, looks=2, tolerance=0.0)
    assert not loop.closed
    assert loop.reason.startswith("not closed: look 2 changed the velocity by ")
    assert len(loop.changes) == 2


@pytest.mark.parametrize(("settings", "named"), [({"looks": 0}, "looks"), ({"relaxation": 0.0}, "relaxation")])
def test_a_loop_without_looks_or_with_nothing_new_is_refused(duct, settings, named):
    with pytest.raises(InputError, match=named):
        closed_loop(_network(), duct, **settings)


@pytest.mark.slow
def test_another_training_is_not_gone_on_with(duct, fitted):
    with pytest.raises(InputError, match="a training with another configuration"):
        fit_velocity(_network(), {"square": duct}, replace(CONFIG, steps=5), out=fitted[1])


def test_a_solve_that_fails_is_named(duct, tmp_path, monkeypatch):
    def gradient_of(structure, duct):
        del structure
        failed = jnp.asarray(jnp.nan), (velocity_of(_network(), duct), None)
        return lambda parameters, stand: (failed, parameters)

    monkeypatch.setattr(velocity_fit, "_gradient_of", gradient_of)
    with pytest.raises(RunError, match="square in step 1"):
        fit_velocity(_network(), {"square": duct}, CONFIG, out=tmp_path)


def test_no_ducts_are_refused(tmp_path):
    with pytest.raises(InputError, match="ducts: are none"):
        fit_velocity(_network(), {}, CONFIG, out=tmp_path)


@pytest.mark.parametrize("name", ["steps", "checkpoint_every", "looks"])
def test_bad_settings_are_refused(name):
    with pytest.raises(InputError, match=name):
        VelocityFitConfig(**{name: 0})


def test_fewer_steps_than_all_looks_take_are_refused():
    with pytest.raises(InputError, match="steps: are 9, must be at least twice the 5 looks"):
        VelocityFitConfig(steps=9, looks=5)
