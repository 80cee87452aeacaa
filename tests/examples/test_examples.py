"""The scripts of the tutorials run at a tiny size and find what they should."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from emulax.geometry import grid_points, load_shape
from emulax_lbm.problems import SCHAEFER_TUREK_2D1

EXAMPLES = Path(__file__).parents[2] / "examples"

RECIPE = """
name = "tiny"
seed = 4
reynolds = [5.0, 20.0]
[primitives]
[splits]
train = 0.5
validation = 0.25
test = 0.25
[sizes.small]
samples = 12
grid = [32, 64]
cells_per_length = 8
samples_per_shard = 12
"""


def example(name: str) -> ModuleType:
    """The script as a module."""
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def ensemble():
    return example("solver").ensemble(8)


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    """The evaluation that the first tutorial returns, and the run it leaves."""
    out = tmp_path_factory.mktemp("first")
    recipe = out / "recipe.toml"
    recipe.write_text(RECIPE)
    evaluation = example("first_surrogate").main(
        out, recipe=str(recipe), size="small", samples=12, epochs=20, batch_size=2
    )
    return evaluation, out / "unet"


@pytest.mark.slow
def test_the_first_surrogate_learns(first):
    evaluation, _ = first
    # The mean flow, where training starts, is the error to leave behind.
    assert evaluation.mean("unet") < 0.9 * evaluation.mean("mean field")


@pytest.mark.slow
def test_the_tutorial_on_shapes_verifies_the_drag(first, tmp_path):
    truth = example("own_shape").main(first[1], out=tmp_path, reynolds=10.0)["verified"].truth
    # On 16 and 32 cells per length the solver finds 5.761 and 5.760.
    assert truth.drag_coefficient[0] == pytest.approx(5.76, rel=0.02)


@pytest.mark.parametrize("suffix", [".dat", ".png", ".stl"])
def test_one_body_has_one_distance_whatever_its_file(tmp_path, suffix):
    shapes = example("own_shape")
    points = grid_points((32, 32), 8) - 2.0
    distances = []
    for kind in (".csv", suffix):
        shapes.WRITERS[kind](tmp_path / f"body{kind}", shapes.teardrop())
        distances.append(load_shape(tmp_path / f"body{kind}", height=1.0).sdf(points))
    np.testing.assert_allclose(distances[1], distances[0], atol=3e-3)


def test_every_flow_of_the_ensemble_is_accepted(ensemble):
    assert [flow.certificate.reason for flow in ensemble] == [""] * 4


def test_drag_falls_with_the_reynolds_number_and_rises_with_the_body(ensemble):
    drag = np.reshape([flow.drag_coefficient for flow in ensemble], (2, 2))
    assert (drag[:, 0] > drag[:, 1]).all()
    assert (drag[0] > drag[1]).all()


def test_the_channel_has_the_drag_of_the_benchmark():
    flow = example("solver").channel(10)
    assert flow.drag_coefficient == pytest.approx(SCHAEFER_TUREK_2D1.drag_coefficient, rel=0.015)


@pytest.fixture(scope="module")
def street(tmp_path_factory):
    """The vortex street on few cells, and its picture."""
    out = tmp_path_factory.mktemp("street") / "street.png"
    return example("vortex_street").main(16, out), out


def test_the_street_sheds_at_its_strouhal_number(street):
    # On 20 and 24 cells the solver finds 0.1833 and 0.1836, and a drag of 1.570 and 1.566.
    assert street[0].lift.strouhal_number == pytest.approx(0.1833, rel=0.01)
    assert street[0].drag.mean == pytest.approx(1.57, rel=0.02)
    assert street[0].lift.remainder < 0.01


def test_the_street_is_drawn(street):
    assert street[1].read_bytes().startswith(b"\x89PNG")


@pytest.fixture(scope="module")
def mean_flow(street):
    return example("vortex_street").mean_flow(street[0].run, street[0].lift.period, samples=8)


def test_the_mean_flow_of_the_street_is_slow_in_the_wake(mean_flow):
    along = np.asarray(mean_flow.mean_velocity[0, 4 * 16, :, 0])
    assert mean_flow.samples == 8
    assert along[5 * 16] < 0.3 < 0.9 < along[2 * 16]
    assert mean_flow.reynolds_stress[0, 4 * 16, 7 * 16, 1, 1] > 0.05


def test_the_mean_flow_separates_behind_the_top_of_the_cylinder(street, mean_flow):
    points, friction = example("vortex_street").friction(street[0].run.cases[0], mean_flow)
    angle = np.degrees(np.arctan2(points[:, 1] - 4.05, points[:, 0] - 4.0))
    # Towards the rear on top is with the clock; the flow turns there some 120 degrees from the front.
    assert (friction[(angle > 80.0) & (angle < 150.0)] < 0.0).all()
    assert (friction[(angle > 20.0) & (angle < 45.0)] > 0.0).all()


def test_the_street_goes_on_from_a_file(street, tmp_path):
    run = street[0].run
    again = example("vortex_street").go_on(run, tmp_path / "street.npz")
    assert again.steps == run.steps
    np.testing.assert_array_equal(again.forces(), run.forces())
