import pytest

from emulax.core import resources


def test_checkout_holds_the_recipes_and_the_shapes():
    assert (resources.folder("recipes") / "flow-primitives-2d" / "recipe.toml").is_file()
    assert (resources.folder("shapes") / "naca0012.dat").is_file()


def test_package_comes_before_the_checkout(tmp_path, monkeypatch):
    monkeypatch.setattr(resources, "_PACKAGE", tmp_path)
    assert resources.folder("recipes") != tmp_path / "recipes"
    (tmp_path / "recipes").mkdir()
    assert resources.folder("recipes") == tmp_path / "recipes"


def test_unknown_kind_is_a_programming_error():
    with pytest.raises(KeyError):
        resources.folder("tunes")
