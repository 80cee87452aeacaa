"""`emulax generate`: a dataset from a recipe."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from emulax.core.progress import log
from emulax.data import Manifest, data_directory
from emulax.datagen import generate_dataset, load_recipe
from emulax.datagen.recipe import DEFAULT_SIZE


def generate(
    recipe: str,
    *,
    out: Path | None = None,
    size: str = DEFAULT_SIZE,
    samples: int | None = None,
    seed: int | None = None,
    allow_different: bool = False,
) -> tuple[Path, Manifest]:
    """Generate a dataset, or what is missing of one.

    Args:
        recipe: A shipped recipe by name, or the path of one.
        out: Directory of the dataset; `$EMULAX_DATA/NAME` or `data/NAME` when None.
        size: One of the recipe's sizes.
        samples: Number of flows, in place of the recipe's.
        seed: Seed, in place of the recipe's.
        allow_different: Resume although versions, device or thread count have changed.

    Returns:
        The directory and its manifest.

    Raises:
        InputError: A bad argument; nothing was written.
        RunError: A failure while running; finished shards are intact and a second call goes on from them.
    """
    resolved = load_recipe(recipe, size=size, samples=samples, seed=seed)
    directory = data_directory(resolved.name, out)
    manifest = generate_dataset(resolved, directory, allow_different=allow_different)
    entries = manifest.samples()
    rejected = [entry for entry in entries if not entry.accepted]
    splits = Counter(entry.split for entry in entries if entry.accepted)
    counts = ", ".join(f"{count} {name}" for name, count in sorted(splits.items()))
    log.info("%s: %d flows (%s), %d rejected", directory, len(entries) - len(rejected), counts, len(rejected))
    return directory, manifest
