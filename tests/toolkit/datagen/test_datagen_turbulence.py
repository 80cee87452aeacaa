"""Statistics of turbulent flows as data of Reynolds stresses."""

from dataclasses import replace

import numpy as np
import pytest

from emulax.core.errors import InputError, RunError
from emulax.data.stresses import read_stress_flow
from emulax.datagen import Recipe, TurbulenceRecipe, generate_turbulence, load_any_recipe, load_recipe, turbulence
from emulax_rans import BulkVelocity, RansCase, duct_quadrant, solve

DUCT = TurbulenceRecipe("toy", "duct", 60.0, 6, 1.0, 1.0, settle=0.02, average=0.04, samples=4)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The duct's file."""
    return generate_turbulence(DUCT, tmp_path_factory.mktemp("made"))


def test_truth_and_model_have_one_bulk_velocity_in_one_section(made):
    flow = read_stress_flow(made)
    assert (flow.name, flow.family, flow.shape, flow.viscosity) == ("toy", "duct", (6, 6), 1.0 / 60.0)
    share = flow.volume / flow.volume.sum()
    for velocity in (flow.velocity, flow.true_velocity):
        assert (share * velocity[:, 0]).sum() == pytest.approx(flow.facts["bulk_velocity"], rel=1e-9)
    np.testing.assert_allclose(flow.wall_distance, 1.0 - flow.centre[:, 1:].max(1))


@pytest.mark.slow
def test_the_models_flow_does_not_depend_on_the_cells_of_the_simulation(made):
    """On cells that are six times as wide at the wall as they should be for the model, next to good ones."""
    flow = read_stress_flow(made)
    section = duct_quadrant(20, first=0.5 / DUCT.reynolds)
    fine = solve(RansCase(section, flow.viscosity, BulkVelocity(flow.facts["bulk_velocity"])))
    assert flow.velocity[0, 0] == pytest.approx(float(fine.mean.velocity[0, 0, 0]), rel=0.02)
    share, coarse = section.area / section.area.sum(), flow.volume / flow.volume.sum()
    assert (coarse * flow.kinetic_energy).sum() == pytest.approx(
        float((share * fine.mean.kinetic_energy).sum()), rel=0.15
    )


def test_sampled_stresses_are_realizable(made):
    flow = read_stress_flow(made)
    assert flow.valid.all()
    assert flow.true_kinetic_energy.min() > 0.0


def test_a_file_that_is_there_is_kept(made):
    before = made.stat().st_mtime_ns
    assert generate_turbulence(DUCT, made.parent) == made
    assert made.stat().st_mtime_ns == before
    assert [path.name for path in made.parent.iterdir()] == ["toy.nc"]


@pytest.mark.slow
def test_a_killed_run_goes_on_where_it_stopped(made, tmp_path, monkeypatch):
    save, saved = turbulence._save, []
    monkeypatch.setattr(turbulence, "_SECONDS_BETWEEN_CHECKPOINTS", 0.0)

    def killed(run, partial, identity, done, sums):
        save(run, partial, identity, done, sums)
        saved.append(done)
        if saved == [1, 2, 3, 4, 5]:
            raise KeyboardInterrupt

    monkeypatch.setattr(turbulence, "_save", killed)
    with pytest.raises(KeyboardInterrupt):
        generate_turbulence(DUCT, tmp_path)
    again = read_stress_flow(generate_turbulence(DUCT, tmp_path))
    assert saved == [1, 2, 3, 4, 5, 6, 7]
    np.testing.assert_array_equal(again.true_stress, read_stress_flow(made).true_stress)


def test_a_run_of_another_recipe_is_not_gone_on_with(tmp_path, monkeypatch):
    monkeypatch.setattr(turbulence, "_write", lambda *arguments: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        generate_turbulence(replace(DUCT, samples=1), tmp_path)
    with pytest.raises(InputError, match="holds a run of another recipe"):
        generate_turbulence(DUCT, tmp_path)


def test_a_run_that_diverges_is_said_to(tmp_path, monkeypatch):
    monkeypatch.setattr(turbulence, "_moments", lambda run: (np.full((2, 2, 3), np.nan), np.full((2, 2, 3, 3), np.nan)))
    with pytest.raises(RunError, match="toy diverged"):
        generate_turbulence(DUCT, tmp_path)


def test_a_run_that_becomes_laminar_is_said_to(tmp_path, monkeypatch):
    still = np.ones((2, 2, 3))
    monkeypatch.setattr(turbulence, "_moments", lambda run: (still, still[..., :, None] * still[..., None, :]))
    with pytest.raises(RunError, match="toy has become laminar: raise"):
        generate_turbulence(DUCT, tmp_path)


@pytest.mark.slow
def test_a_channel_is_averaged_over_its_planes(tmp_path):
    recipe = replace(DUCT, section="channel", width=0.5)
    flow = read_stress_flow(generate_turbulence(recipe, tmp_path))
    assert (flow.shape, flow.family) == ((1, 6), "channel")


def _centred(cells):
    """Coordinates from the middle at all cells of a section of h = 1, z then y."""
    places = (np.arange(2 * cells) + 0.5) / cells - 1.0
    return np.meshgrid(places, places, indexing="ij")


def test_folding_keeps_what_has_the_symmetries_of_a_duct_and_drops_what_has_not():
    z, y = _centred(6)
    symmetric = np.stack([1.0 - y**2 * z**2, y * (1.0 - z**2), z * (1.0 - y**2)], axis=-1)
    folded = turbulence._folded(DUCT, symmetric)
    np.testing.assert_allclose(folded, symmetric[6:, 6:])
    np.testing.assert_allclose(turbulence._folded(DUCT, np.stack([y, z, y], axis=-1)), 0.0, atol=1e-15)


def test_both_sides_of_the_diagonal_of_a_square_duct_count():
    """A vortex on one side alone is half of one on both."""
    z, y = _centred(6)
    one_sided = np.stack([0.0 * y, y * (y > z), 0.0 * y], axis=-1)[6:, 6:]
    whole = np.concatenate([-one_sided[:, ::-1], one_sided], axis=1)
    whole = np.concatenate([whole[::-1], whole], axis=0)
    folded = turbulence._folded(DUCT, whole)
    np.testing.assert_allclose(folded[..., 1], 0.5 * one_sided[..., 1])
    np.testing.assert_allclose(folded[..., 2], folded[..., 1].T)
    wide = turbulence._folded(replace(DUCT, width=2.0), np.concatenate([whole, whole]))
    np.testing.assert_allclose(wide[..., 2], 0.0)


def test_folded_stresses_are_those_of_folded_velocities():
    z, y = _centred(6)
    velocity = np.stack([1.0 - y**2 * z**2, y * (1.0 - z**2), z * (1.0 - y**2)], axis=-1)
    products = velocity[..., :, None] * velocity[..., None, :]
    folded = turbulence._folded(DUCT, velocity)
    np.testing.assert_allclose(turbulence._folded(DUCT, products), folded[..., :, None] * folded[..., None, :])


def test_gradient_of_what_adheres_to_the_walls():
    cells = 20
    recipe = replace(DUCT, half_height=cells)
    z, y = (values[cells:, cells:] for values in _centred(cells))
    velocity = np.stack([(1.0 - y**2) * (1.0 - z**2), y * (1.0 - y**2), z * (1.0 - z**2)], axis=-1)
    found = turbulence._gradient(recipe, velocity)
    np.testing.assert_allclose(found[..., 0, 1], -2.0 * y * (1.0 - z**2), atol=0.08)
    np.testing.assert_allclose(found[..., 1, 1], 1.0 - 3.0 * y**2, atol=0.15)
    np.testing.assert_allclose(found[..., 1, 2][:-1], 0.0, atol=1e-12)


@pytest.mark.parametrize("name", ["reynolds", "half_height", "samples", "average"])
def test_numbers_that_must_be_positive_are(name):
    with pytest.raises(InputError, match=name):
        replace(DUCT, **{name: 0})


@pytest.mark.parametrize("size", ["small", "gpu"])
@pytest.mark.parametrize("name", ["turbulence-channel", "turbulence-duct"])
def test_shipped_recipes_are_recipes(name, size):
    recipe = load_any_recipe(name, size=size)
    assert isinstance(recipe, TurbulenceRecipe)
    assert recipe.case.sdf.shape[1] == 2 * recipe.half_height


def test_kinds_of_recipes_are_told_apart():
    assert isinstance(load_any_recipe("flow-primitives-2d"), Recipe)
    with pytest.raises(InputError, match="is a turbulent flow"):
        load_recipe("turbulence-duct")
