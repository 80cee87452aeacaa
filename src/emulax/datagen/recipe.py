"""Recipes: everything that decides what a dataset holds."""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from emulax.core import resources
from emulax.core.config import from_dict, one_of
from emulax.core.errors import InputError, unknown_name
from emulax.data import SplitFractions
from emulax.datagen.turbulence import TurbulenceRecipe
from emulax.geometry import SAMPLERS, Body, Sampler, Shape
from emulax_lbm import CaseError, FlowCase, SteadyOptions, open_box

RECIPE_NAME = "recipe.toml"
DEFAULT_SIZE = "small"


@dataclass(frozen=True)
class Recipe:
    """Steady flows past random shapes in a box with uniform inflow, free-slip sides and an outlet.

    Args:
        name: Name of the dataset.
        samples: Number of flows.
        grid: Cells `([z,] y, x)`.
        cells_per_length: Cells in the reference length D.
        reynolds: Lowest and highest Reynolds number U D / nu; uniform in between.
        shapes: What to put into the box. A file names it by its table: `[primitives]`, `[cars]`, and so on.
        seed: Seed of every random draw.
        samples_per_shard: Flows in one file.
        steady: When a flow counts as steady.
        splits: Shares of training, validation and test.

    Raises:
        InputError: Settings that contradict each other, or a Reynolds number the grid does not resolve.
    """

    name: str
    samples: int
    grid: tuple[int, ...]
    cells_per_length: int
    reynolds: tuple[float, float]
    shapes: Sampler = field(metadata=one_of(SAMPLERS))
    seed: int = 0
    samples_per_shard: int = 64
    steady: SteadyOptions = field(default_factory=SteadyOptions)
    splits: SplitFractions = field(default_factory=SplitFractions)

    def __post_init__(self) -> None:
        if self.name in ("", "..") or Path(self.name).name != self.name:
            raise InputError("name", f"is {self.name!r}, must be a plain folder name: datasets are kept under it")
        for name in ("samples", "samples_per_shard", "cells_per_length"):
            if getattr(self, name) < 1:
                raise InputError(name, f"is {getattr(self, name)}, must be at least 1")
        low, high = self.reynolds
        if not (0.0 < low <= high and math.isfinite(high)):
            raise InputError("reynolds", f"is {low:g} to {high:g}, must be positive, finite and in ascending order")
        box = tuple(n / self.cells_per_length for n in reversed(self.grid))
        if len(box) != len(self.shapes.domain) or not np.allclose(box, self.shapes.domain):
            cells, sides, domain = (
                " x ".join(f"{n:g}" for n in of) for of in (self.grid[::-1], box, self.shapes.domain)
            )
            raise InputError(
                "grid",
                f"of {cells} cells at {self.cells_per_length} cells per length is a box of {sides} D, but the shapes"
                f" are made for {domain} D",
            )
        if self.seed < 0:
            raise InputError("seed", f"is {self.seed}, must not be negative")
        try:
            slow, fast = (FlowCase(open_box(self.grid), reynolds, self.cells_per_length) for reynolds in self.reynolds)
        except CaseError as error:
            raise InputError(error.field, error.problem) from error
        if slow.velocity_scale != fast.velocity_scale:
            raise InputError(
                "reynolds", f"as low as {low:g} needs a smaller lattice velocity than {high:g}", "raise the lower end"
            )

    @property
    def shards(self) -> int:
        """Number of files."""
        return -(-self.samples // self.samples_per_shard)

    def shard_samples(self, shard: int) -> range:
        """Indices of the samples in one shard."""
        start = shard * self.samples_per_shard
        return range(start, min(start + self.samples_per_shard, self.samples))

    def sample(self, index: int) -> tuple[Shape | Body, float]:
        """Shape, placed, and Reynolds number of one sample; it does not depend on the other samples."""
        generator = np.random.default_rng(np.random.SeedSequence([self.seed, index, 1]))
        return self.shapes.sample(self.seed, index), float(generator.uniform(*self.reynolds))


AnyRecipe = Recipe | TurbulenceRecipe


def load_recipe(name: str | Path, *, size: str = DEFAULT_SIZE, **changes: Any) -> Recipe:
    """Read a recipe of flows past shapes.

    Args:
        name: A shipped recipe (`flow-primitives-2d`), a folder with a `recipe.toml`, or such a file.
        size: One of the recipe's sizes, which set grid and number of samples.
        changes: Settings that replace the recipe's.

    Raises:
        InputError: An unknown recipe or size, a file that is not a recipe, or a setting that is not allowed.
    """
    recipe = load_any_recipe(name, size=size, **changes)
    if not isinstance(recipe, Recipe):
        raise InputError(str(name), "is a turbulent flow, must be one of flows past shapes")
    return recipe


def load_any_recipe(name: str | Path, *, size: str = DEFAULT_SIZE, **changes: Any) -> AnyRecipe:
    """Read a recipe of either kind; that of a turbulent flow names its `section`. See `load_recipe`."""
    path = _find(name)
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(str(path), f"is not a recipe: {error}") from error
    sizes = values.pop("sizes", {})
    if not isinstance(sizes, dict) or not all(isinstance(chosen, dict) for chosen in sizes.values()):
        raise InputError(f"{path}: sizes", "must be tables, one per size: [sizes.small]")
    if size not in sizes:
        raise unknown_name("size", size, sizes)
    values |= sizes[size] | {key: value for key, value in changes.items() if value is not None}
    try:
        return from_dict(TurbulenceRecipe if "section" in values else Recipe, values, "recipe")
    except CaseError as error:
        raise InputError(f"recipe.steady.{error.field}", error.problem) from error


def _find(name: str | Path) -> Path:
    path = Path(name)
    if path.is_file():
        return path
    if (path / RECIPE_NAME).is_file():
        return path / RECIPE_NAME
    shipped = resources.recipes()
    # `datasets/NAME` names a shipped recipe from anywhere.
    wanted = path.name
    if wanted in shipped and path.parent.name in ("", "datasets"):
        return shipped[wanted]
    raise unknown_name("recipe", str(name), shipped)
