"""Models of the Reynolds stress: training on flows, ducts in the solver, closures."""

from __future__ import annotations

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from emulax.core.errors import InputError
from emulax.data.stresses import StressFlow
from emulax.models.tensor_basis import ComponentConfig, TensorBasisConfig, TensorBasisNetwork, algebraic
from emulax.training import OptimiserConfig, TrainingConfig
from emulax.workflows.closures import closure_of
from emulax.workflows.consistent import consistent_flows
from emulax.workflows.ducts import duct_of, in_plane_rms, true_stress_of
from emulax.workflows.stresses import StressModelConfig, load_stress_model, predict_stress, train_stress_model
from emulax_rans import MeanFlow, RansFlow, duct_quadrant, solve, solve_velocity

HEIGHT, BULK, VISCOSITY = 1e-3, 40.0, 1.6e-5
TRAINING = TrainingConfig(epochs=150, batch_size=16, optimiser=OptimiserConfig(learning_rate=1e-2), average_decay=None)


def _flow_of(solved: RansFlow, section, name: str) -> StressFlow:
    """A solved duct in SI units, its own explicit algebraic stress with a third more energy as the truth."""
    shape, mean = section.shape, solved.mean
    z, y = section.centres

    def cells(values, unit, components=()):
        return np.asarray(values).reshape(shape[0] * shape[1], *components) * unit

    rate = BULK / HEIGHT
    b = np.asarray(algebraic.explicit_algebraic(mean))
    stress = 2.0 * 4.0 / 3.0 * np.asarray(mean.kinetic_energy)[..., None, None] * (b + np.eye(3) / 3.0)
    gradient = cells(mean.velocity_gradient, rate, (3, 3))
    return StressFlow(
        name=name,
        family="duct",
        split="train",
        viscosity=VISCOSITY,
        centre=np.stack([np.zeros(y.size), y.ravel(), z.ravel()], axis=1) * HEIGHT,
        volume=cells(section.area, HEIGHT**3),
        wall_distance=cells(section.wall_distance, HEIGHT),
        velocity=cells(mean.velocity, BULK, (3,)),
        velocity_gradient=gradient,
        kinetic_energy=cells(mean.kinetic_energy, BULK**2),
        kinetic_energy_gradient=cells(mean.kinetic_energy_gradient, BULK**2 / HEIGHT, (3,)),
        dissipation=cells(mean.dissipation, BULK**3 / HEIGHT),
        eddy_viscosity=cells(mean.eddy_viscosity, BULK * HEIGHT),
        true_velocity=cells(mean.velocity, BULK, (3,)),
        true_velocity_gradient=gradient,
        true_stress=cells(stress, BULK**2, (3, 3)),
        valid=np.ones(y.size, bool),
        shape=shape,
        facts={"half_height_y": HEIGHT, "bulk_velocity": BULK},
    )


@pytest.fixture(scope="module")
def solved():
    """A square duct on few cells by k-omega SST, and the flow of the data that it makes."""
    from emulax_rans import RansCase

    section = duct_quadrant(10, first=2.0 / 150.0)
    flow = solve(RansCase(section, VISCOSITY / (HEIGHT * BULK)))
    return flow, _flow_of(flow, section, "square")


@pytest.mark.slow
def test_a_duct_of_the_data_is_its_case(solved):
    flow, data = solved
    again = solve(duct_of(data).case)
    np.testing.assert_allclose(again.mean.velocity, flow.mean.velocity, atol=1e-8)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"facts": {"half_height_y": HEIGHT}}, "it lacks bulk_velocity"),
        ({"shape": None}, "it lacks a structured mesh"),
        ({"centre": np.random.default_rng(0).uniform(size=(100, 3))}, "no tensor product"),
    ],
)
def test_what_is_no_duct_is_refused(solved, change, named):
    with pytest.raises(InputError, match=named):
        duct_of(replace(solved[1], **change))


def test_the_true_stress_drives_the_flow_that_it_balances(solved):
    """The truth's stresses in the plane differ, and drive a flow across the duct; with no energy there is none."""
    duct = duct_of(solved[1])
    flow, without = (solve_velocity(duct.case, true_stress_of(duct, ratio)) for ratio in (1.0, 0.0))
    assert flow.converged
    assert in_plane_rms(duct, np.asarray(flow.velocity)) > 1e-3
    assert in_plane_rms(duct, np.asarray(without.velocity)) < 1e-12


@pytest.mark.slow
def test_flows_on_the_way_to_the_truth_begin_at_the_models_own_and_end_at_what_the_true_stress_drives(solved):
    """In between, the truth stays what it is, and so does the frame of units."""
    data = solved[1]
    none, whole = consistent_flows(data, (0.0, 1.0))
    duct = duct_of(data)
    for name in ("velocity", "velocity_gradient", "kinetic_energy", "dissipation", "eddy_viscosity"):
        there, here = getattr(data, name), getattr(none, name)
        np.testing.assert_allclose(here, there, rtol=1e-5, atol=1e-6 * np.abs(there).max())
    driven = np.asarray(solve_velocity(duct.case, true_stress_of(duct)).velocity).reshape(-1, 3) * BULK
    np.testing.assert_allclose(whole.velocity, driven, atol=1e-6 * BULK)
    np.testing.assert_array_equal(whole.true_stress, data.true_stress)
    assert np.abs(whole.kinetic_energy / data.kinetic_energy - 1.0).max() > 0.01


def test_a_share_of_the_truth_is_between_none_and_all(solved):
    with pytest.raises(InputError, match="shares: are"):
        consistent_flows(solved[1], (0.5, 1.5))


def test_in_plane_rms_weighs_cells_by_their_area(solved):
    duct = duct_of(solved[1])
    assert in_plane_rms(duct, np.full((*duct.case.section.shape, 3), 3.0)) == pytest.approx(3.0 * 2.0**0.5)


@pytest.mark.parametrize("network", [TensorBasisConfig(width=16, depth=1), ComponentConfig(width=16, depth=1)])
def test_a_model_learns_the_stress_of_its_flow(solved, tmp_path, network):
    _, data = solved
    config = StressModelConfig(network, energy_weight=0.1, training=TRAINING)
    model, result = train_stress_model([data], config, out=tmp_path)
    said = predict_stress(model, data)
    error = np.sqrt(((np.asarray(said.anisotropy) - data.true_anisotropy) ** 2).mean())
    assert error < 0.2 * np.sqrt((data.true_anisotropy**2).mean())
    np.testing.assert_allclose(np.asarray(said.log_energy_ratio), np.log(4.0 / 3.0), atol=0.1)
    missed = np.exp(np.asarray(said.log_viscosity_ratio)) * data.eddy_viscosity - data.true_eddy_viscosity
    linear = missed * np.sqrt((data.true_strain_rate**2).sum((1, 2))) / data.true_kinetic_energy
    assert np.sqrt((linear**2).mean()) < 0.02
    assert result.epochs == 150
    again = predict_stress(load_stress_model(tmp_path), data)
    np.testing.assert_array_equal(again.anisotropy, said.anisotropy)


@pytest.mark.parametrize(
    ("text", "named"),
    [(None, "is no run of a stress model"), ("{", "is damaged"), ('{"cnn": {}}', "is damaged"), ("[]", "is damaged")],
)
def test_what_is_no_run_is_not_loaded(tmp_path, text, named):
    if text is not None:
        (tmp_path / "model.json").write_text(text)
    with pytest.raises(InputError, match=named):
        load_stress_model(tmp_path)


def test_invariants_are_scaled_by_the_training_data(solved, tmp_path):
    once = replace(TRAINING, epochs=1)
    model, _ = train_stress_model([solved[1]], StressModelConfig(TensorBasisConfig(), training=once), out=tmp_path)
    assert isinstance(model, TensorBasisNetwork)
    assert len(model.config.invariant_means) == model.config.invariants


def test_masked_cells_are_not_trained_on(solved, tmp_path):
    with pytest.raises(InputError, match="have no valid cells"):
        train_stress_model(
            [solved[1]], StressModelConfig(training=TRAINING), out=tmp_path, used=[np.zeros(len(solved[1]), bool)]
        )


def test_nothing_to_train_on_is_refused(tmp_path):
    with pytest.raises(InputError, match="flows: are none"):
        train_stress_model([], StressModelConfig(), out=tmp_path)


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"energy_weight": -1.0}, "energy_weight"),
        ({"viscosity_weight": -1.0}, "viscosity_weight"),
        ({"volume_share": 2.0}, "volume_share"),
    ],
)
def test_bad_settings_are_refused(settings, named):
    with pytest.raises(InputError, match=named):
        StressModelConfig(**settings)


def test_closure_is_the_networks_stress_but_for_its_linear_part(solved):
    mean: MeanFlow = solved[0].mean
    network = TensorBasisNetwork(TensorBasisConfig(width=8, depth=1), rngs=nnx.Rngs(0))
    said = network.of(mean)
    nu_t, remainder = closure_of(*nnx.split(network))(mean)
    energy = mean.kinetic_energy * jnp.exp(said.log_energy_ratio)
    rest = 2.0 * energy[..., None, None] * said.anisotropy - remainder
    strain = mean.strain_rate
    along = (rest * strain).sum((-2, -1)) / (strain**2).sum((-2, -1))
    np.testing.assert_allclose(rest, along[..., None, None] * strain, atol=1e-12)
    np.testing.assert_allclose(nu_t, mean.eddy_viscosity * jnp.exp(said.log_viscosity_ratio), rtol=1e-12)


def test_closures_of_one_structure_are_compiled_once():
    one, other = (TensorBasisNetwork(TensorBasisConfig(), rngs=nnx.Rngs(seed)) for seed in (0, 1))
    trees = [jax.tree.structure(closure_of(*nnx.split(network))) for network in (one, other)]
    assert trees[0] == trees[1]
