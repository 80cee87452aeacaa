import itertools
import shutil
import tomllib

import numpy as np
import pytest

from emulax.core import resources
from emulax.core.config import from_dict, to_dict
from emulax.core.errors import InputError
from emulax.data import SplitFractions
from emulax.datagen import Recipe, TurbulenceRecipe, load_any_recipe, load_recipe
from emulax.datagen.recipe import DEFAULT_SIZE
from emulax.geometry import SAMPLERS
from emulax_lbm import SteadyOptions

BASE = """
name = "mine"
samples = 3
grid = [32, 64]
cells_per_length = 8
reynolds = [5.0, 10.0]
"""
PRIMITIVES = "[primitives]\n"
SIZE = "\n[sizes.small]\nsamples = 7\n"
REST = PRIMITIVES + SIZE


@pytest.fixture
def write(tmp_path):
    def write(text: str):
        path = tmp_path / "recipe.toml"
        path.write_text(text)
        return path

    return write


def test_every_shipped_recipe_loads_in_every_size():
    shipped = sorted(resources.folder("recipes").glob("*/recipe.toml"))
    assert len(shipped) >= 5
    for path in shipped:
        sizes = tomllib.loads(path.read_text())["sizes"]
        assert DEFAULT_SIZE in sizes
        for size in sizes:
            recipe = load_any_recipe(path.parent.name, size=size)
            assert recipe.name == path.parent.name
            if isinstance(recipe, TurbulenceRecipe):
                continue
            assert recipe.steady.tolerance == 1e-4
            if recipe.name.endswith("-2d"):
                # Whatever a model was trained on, it can be tried on the flows of every other recipe of that size.
                cells = {"demo": 16, "small": 16, "gpu": 32}[size]
                assert (recipe.grid, recipe.cells_per_length) == ((4 * cells, 8 * cells), cells)
                assert recipe.reynolds == (5.0, 30.0)


def test_shipped_recipe_poses_the_flow_problem_of_the_documentation():
    demo, small, large = (load_recipe("flow-primitives-2d", size=size) for size in ("demo", "small", "gpu"))
    assert (demo.samples, small.samples, large.samples) == (384, 3840, 16384)
    assert demo.shapes == small.shapes == large.shapes
    assert small.steady.force_tolerance == 1e-3


def test_size_may_replace_a_table():
    demo, small = (load_recipe("flow-primitives-2d", size=size) for size in ("demo", "small"))
    assert demo.splits == SplitFractions(0.75, 0.1, 0.15)
    assert small.splits == SplitFractions(0.605, 0.09, 0.305)


@pytest.mark.parametrize("name", ["flow-cars-2d", "flow-pairs-2d", "flow-plates-2d"])
def test_shapes_that_are_never_trained_on_are_all_in_the_test_split(name):
    assert load_recipe(name).splits == SplitFractions(0.0, 0.0, 1.0)


@pytest.mark.parametrize("name", ["flow-primitives-2d", "datasets/flow-primitives-2d"])
def test_recipe_is_found_from_anywhere(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert load_recipe(name).name == "flow-primitives-2d"


def test_recipe_is_read_from_a_file_or_its_folder(write):
    path = write(BASE + REST)
    assert load_recipe(path) == load_recipe(path.parent) == load_recipe(str(path))


def test_local_folder_comes_before_the_shipped_recipe_of_that_name(tmp_path, write, monkeypatch):
    local = tmp_path / "flow-primitives-2d"
    local.mkdir()
    shutil.copy(write(BASE + REST), local / "recipe.toml")
    monkeypatch.chdir(tmp_path)
    assert load_recipe("flow-primitives-2d").name == "mine"


def test_size_overrides_the_recipe_and_changes_override_the_size(write):
    path = write(BASE + REST)
    assert load_recipe(path).samples == 7
    assert load_recipe(path, samples=2, seed=None).samples == 2


@pytest.mark.parametrize("name", ["flow-primitives-2", "flow_primitives_2d", "elsewhere/flow-primitives-2d"])
def test_unknown_recipe_is_refused_with_the_near_match(name):
    with pytest.raises(InputError, match=r"^recipe: unknown name .*did you mean 'flow-primitives-2d'\?$"):
        load_recipe(name)


def test_unknown_size_is_refused_with_the_near_match():
    with pytest.raises(InputError, match=r"^size: .*'smal', known are demo, gpu, small; did you mean 'small'\?$"):
        load_recipe("flow-primitives-2d", size="smal")


def test_unknown_setting_is_refused_with_the_near_match(write):
    with pytest.raises(InputError, match=r"unknown name 'sample', .*did you mean 'samples'\?"):
        load_recipe(write(BASE + REST), sample=3)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("name = ", r"recipe\.toml: is not a recipe: Invalid value"),
        ("\x00", r"recipe\.toml: is not a recipe"),
        (BASE.replace('name = "mine"', "") + REST, r"^recipe\.name: is missing$"),
        (
            BASE.replace("[32, 64]", "[32]") + REST,
            r"^grid: of 32 cells at 8 cells per length is a box of 4 D, but the shapes are made for 8 x 4 D$",
        ),
        (
            BASE.replace("[5.0, 10.0]", "[nan, 10.0]") + REST,
            r"^recipe\.reynolds\[0\]: is nan, must be finite$",
        ),
        (BASE.replace("= 8", '= "8"') + REST, r"^recipe\.cells_per_length: is '8', must be int$"),
        (
            BASE + "[primitives]\nkinds = ['circel']" + SIZE,
            r"^recipe\.primitives\.kinds\[0\]: unknown name 'circel', .*did you mean 'circle'\?",
        ),
        (BASE + SIZE, r"^recipe: names none of its tables, must hold exactly one of .*solids$"),
        (
            BASE + PRIMITIVES + "[cars]\n" + SIZE,
            r"^recipe: holds the tables primitives and cars, must hold exactly one",
        ),
        (BASE + "[car]\n" + SIZE, r"^recipe: unknown name 'car', .*did you mean 'cars'\?"),
        (BASE + PRIMITIVES + "[splits]\ntrain = 0.5" + SIZE, r"^fractions: are \(0.5, 0.1, 0.1\), .* must sum to 1$"),
        pytest.param(
            BASE + PRIMITIVES + "[steady]\ntolerance = 0.0" + SIZE,
            "tolerance: is 0.0, must be a positive number",
            id="bad tolerance",
        ),
        pytest.param(
            BASE + "sizes = 3",
            "sizes",
            id="sizes are no table",
        ),
        pytest.param(
            BASE + "[sizes]\nsmall = 3",
            "small",
            id="size is no table",
        ),
    ],
)
def test_bad_recipe_is_refused_and_the_place_named(write, text, problem):
    with pytest.raises(InputError, match=problem):
        load_recipe(write(text))


def test_binary_file_is_refused(tmp_path):
    (tmp_path / "recipe.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="is not a recipe"):
        load_recipe(tmp_path)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("samples", 0),
        ("samples_per_shard", 0),
        ("cells_per_length", 0),
        ("cells_per_length", 16),
        ("grid", (32, 63)),
        ("grid", (64, 32)),
        ("reynolds", (0.0, 10.0)),
        ("reynolds", (10.0, 5.0)),
        ("reynolds", (5.0, float("inf"))),
        ("reynolds", (float("nan"), 5.0)),
        ("reynolds", (5.0, 100.0)),
        ("reynolds", (0.1, 10.0)),
        ("seed", -1),
        ("name", "../elsewhere"),
        ("name", ""),
        ("name", ".."),
    ],
)
def test_setting_that_cannot_be_is_refused_before_any_work(tiny, field, value):
    named = "grid" if value == 16 else field
    with pytest.raises(InputError, match=rf"^{named}: "):
        tiny(**{field: value})


def test_too_high_reynolds_number_names_a_resolution_that_is_enough(tiny):
    with pytest.raises(InputError, match=r"100 is too high for 8 cells per length.*use at least 10 cells"):
        tiny(reynolds=(5.0, 100.0))


@pytest.mark.parametrize("table", SAMPLERS)
def test_recipe_survives_json_and_names_its_sampler(tiny, table):
    sampler = SAMPLERS[table]()
    cells = {2: {}, 3: {"grid": (32, 32, 32)}}[len(sampler.domain)]
    recipe = tiny(shapes=sampler, **cells)
    assert set(to_dict(recipe)) & set(SAMPLERS) == {table}
    assert from_dict(Recipe, to_dict(recipe)) == recipe


@pytest.mark.parametrize(("samples", "per_shard", "expected"), [(3, 2, [2, 1]), (4, 2, [2, 2]), (1, 5, [1])])
def test_shards_hold_every_sample_once(tiny, samples, per_shard, expected):
    recipe = tiny(samples=samples, samples_per_shard=per_shard)
    parts = [list(recipe.shard_samples(shard)) for shard in range(recipe.shards)]
    assert [len(part) for part in parts] == expected
    assert list(itertools.chain(*parts)) == list(range(samples))


def test_sample_does_not_depend_on_what_else_is_drawn(tiny):
    few, many = tiny(), tiny(samples=1000, samples_per_shard=7, steady=SteadyOptions())
    for index in (2, 0, 1):
        (shape, reynolds), (again, same) = few.sample(index), many.sample(index)
        assert (shape.identifier, shape.bounds, reynolds) == (again.identifier, again.bounds, same)


def test_seed_and_index_decide_a_sample(tiny):
    drawn = [tiny(seed=seed).sample(index) for seed in (5, 6) for index in (0, 1)]
    assert len({shape.identifier for shape, _ in drawn}) == len({reynolds for _, reynolds in drawn}) == 4


def test_reynolds_numbers_fill_their_range_and_do_not_follow_the_shape(tiny):
    recipe = tiny(shapes=tiny().shapes)
    drawn = [recipe.sample(index) for index in range(200)]
    reynolds, heights = np.array([(reynolds, shape.height) for shape, reynolds in drawn]).T
    assert 5.0 <= reynolds.min() < 5.2
    assert 9.8 < reynolds.max() <= 10.0
    assert abs(np.corrcoef(reynolds, heights)[0, 1]) < 0.2
