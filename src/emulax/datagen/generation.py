"""Whole datasets, shard by shard; a killed generation goes on where it stopped."""

from __future__ import annotations

import dataclasses
import json
import time
from pathlib import Path

import emulax
from emulax.core import provenance
from emulax.core.config import to_dict
from emulax.core.errors import InputError
from emulax.core.files import append_line, prepare_output
from emulax.core.progress import progress
from emulax.data import Manifest, ShardEntry, read_shard, write_shard
from emulax.data.manifest import MANIFEST_NAME
from emulax.datagen.recipe import Recipe
from emulax.datagen.solve import solve_flows


def generate_dataset(recipe: Recipe, directory: Path, *, allow_different: bool = False) -> Manifest:
    """Generate a dataset, or what is missing of it.

    Shards that are finished are checked and kept. On the same lock, CPU type and thread count the result has the same
    bytes whether or not it was interrupted.

    Args:
        recipe: What to generate.
        directory: Where to.
        allow_different: Go on although the environment differs from the one the dataset was begun in.

    Returns:
        The manifest, with the rejected samples and their reasons in it.

    Raises:
        InputError: The directory cannot be used, holds another dataset, a damaged shard, or was begun in another
            environment.
        RunError: The disk is full or a permission was lost; the finished shards are intact.
    """
    manifest = _begin(recipe, directory, allow_different)
    finished = {entry.file: entry for entry in manifest.shards}
    for entry in manifest.shards:
        if (directory / entry.file).exists():
            read_shard(directory / entry.file, sha256=entry.sha256)
    with progress(f"generate {recipe.name}", recipe.samples, "flows") as tick:
        entries: list[ShardEntry] = []
        for shard in range(recipe.shards):
            indices = recipe.shard_samples(shard)
            file = f"shard-{shard:05d}.nc"
            if file not in finished or not (directory / file).exists():
                started = time.monotonic()
                done = [indices.start]

                def count(_index: int, _flow: object, done: list[int] = done) -> None:
                    done[0] += 1
                    tick(done[0])

                shapes, reynolds = zip(*(recipe.sample(i) for i in indices), strict=True)
                flows = solve_flows(
                    shapes,
                    reynolds,
                    grid=recipe.grid,
                    cells_per_length=recipe.cells_per_length,
                    options=recipe.steady,
                    names=[f"{recipe.name}/{i:06d}" for i in indices],
                    on_finished=count,
                )
                finished[file] = ShardEntry.of(file, write_shard(directory / file, flows), flows, recipe.splits)
                line = {"event": "shard", "file": file, "seconds": round(time.monotonic() - started, 3)}
                append_line(directory / "log.jsonl", json.dumps(line))
            entries.append(finished[file])
            manifest = dataclasses.replace(manifest, shards=tuple(entries))
            manifest.write(directory)
            tick(indices.stop)
    return manifest


def _begin(recipe: Recipe, directory: Path, allow_different: bool) -> Manifest:
    fresh = Manifest(recipe.name, to_dict(recipe), recipe.seed, emulax.__version__, _environment())
    if not (directory / MANIFEST_NAME).exists():
        prepare_output(directory)
        fresh.write(directory)
        return fresh
    begun = Manifest.read(directory)
    if begun.recipe_hash != fresh.recipe_hash:
        raise InputError(
            str(directory), "holds a dataset of another recipe", "choose another --out or delete the directory"
        )
    if begun.environment != fresh.environment and not allow_different:
        differing = [key for key in fresh.environment if begun.environment.get(key) != fresh.environment[key]]
        raise InputError(
            str(directory),
            f"was begun in another environment ({', '.join(differing)} differ), so its bytes could not be repeated",
            "go on with --allow-different, or choose another --out",
        )
    return begun


def _environment() -> dict[str, object]:
    device = provenance.device()
    kept = ("python", "jax", "jaxlib", "numpy", "xarray", "h5py")
    found = provenance.versions()
    return {
        "versions": {name: found[name] for name in kept},
        "platform": device["platform"],
        "kind": device["kind"],
        "threads": device["threads"],
        "engine": "xla",
    }
