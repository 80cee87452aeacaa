"""Solver runs become dataset rows: recipes, the runs themselves, and the resumable generation of whole datasets."""

from emulax.datagen.active_learning import (
    SELECTIONS,
    ActiveLearningConfig,
    Gain,
    Known,
    LearningCurve,
    Selection,
    gain,
    learn_actively,
)
from emulax.datagen.generation import generate_dataset
from emulax.datagen.recipe import AnyRecipe, Recipe, load_any_recipe, load_recipe
from emulax.datagen.rerun import Rerun, read_reruns, rerun, write_reruns
from emulax.datagen.solve import solve_flows
from emulax.datagen.summary import differences, published, read_summaries, summarise, write_summary
from emulax.datagen.turbulence import TurbulenceRecipe, generate_turbulence

__all__ = [
    "SELECTIONS",
    "ActiveLearningConfig",
    "AnyRecipe",
    "Gain",
    "Known",
    "LearningCurve",
    "Recipe",
    "Rerun",
    "Selection",
    "TurbulenceRecipe",
    "differences",
    "gain",
    "generate_dataset",
    "generate_turbulence",
    "learn_actively",
    "load_any_recipe",
    "load_recipe",
    "published",
    "read_reruns",
    "read_summaries",
    "rerun",
    "solve_flows",
    "summarise",
    "write_reruns",
    "write_summary",
]
