"""Solver runs become dataset rows: recipes, the runs themselves, and the resumable generation of whole datasets."""

from emulax.datagen.generation import generate_dataset
from emulax.datagen.recipe import Recipe, load_recipe
from emulax.datagen.solve import solve_flows

__all__ = ["Recipe", "generate_dataset", "load_recipe", "solve_flows"]
