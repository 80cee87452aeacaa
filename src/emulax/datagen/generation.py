"""Whole datasets, shard by shard; a killed generation goes on where it stopped."""

from __future__ import annotations

import dataclasses
import itertools
import json
import time
from pathlib import Path

import emulax
from emulax.core import provenance
from emulax.core.config import to_dict
from emulax.core.errors import InputError
from emulax.core.files import append_line, prepare_output, remove_partial
from emulax.core.progress import Tick, progress
from emulax.data import Manifest, ShardEntry, open_shard, write_shard
from emulax.data.manifest import MANIFEST_NAME
from emulax.datagen.recipe import Recipe
from emulax.datagen.solve import solve_flows
from emulax_lbm import FlowCase, common_setup, engine_identity, open_box


def generate_dataset(recipe: Recipe, directory: Path, *, allow_different: bool = False) -> Manifest:
    """Generate a dataset, or what is missing of it.

    Shards that are finished are checked and kept; a finished dataset may come from any environment. On the same lock,
    CPU type and thread count the result has the same bytes whether or not it was interrupted.

    Args:
        recipe: What to generate.
        directory: Where to.
        allow_different: Go on although the environment differs from the one the dataset was begun in.

    Returns:
        The manifest, with the rejected samples and their reasons in it.

    Raises:
        InputError: The directory cannot be used, holds another dataset, a damaged shard, or a part of a dataset from
            another environment.
        RunError: The disk is full or a permission was lost; the finished shards are intact.
    """
    manifest = _begin(recipe, directory, allow_different)
    finished = _finished(manifest, directory)
    entries: list[ShardEntry] = []
    with progress(f"generate {recipe.name}", recipe.samples, "flows") as tick:
        for shard in range(recipe.shards):
            file = f"shard-{shard:05d}.nc"
            entries.append(finished.get(file) or _make_shard(recipe, shard, directory / file, tick))
            tick(recipe.shard_samples(shard).stop)
            if tuple(entries) != manifest.shards[: len(entries)]:
                manifest = dataclasses.replace(manifest, shards=tuple(entries))
                manifest.write(directory)
    return manifest


def _finished(manifest: Manifest, directory: Path) -> dict[str, ShardEntry]:
    """The shards that are there, each compared with its checksum."""
    entries = {entry.file: entry for entry in manifest.shards if (directory / entry.file).exists()}
    for file, entry in entries.items():
        open_shard(directory / file, sha256=entry.sha256).close()
    return entries


def _make_shard(recipe: Recipe, shard: int, path: Path, tick: Tick) -> ShardEntry:
    """Solve the flows of one shard and write it."""
    started = time.monotonic()
    indices = recipe.shard_samples(shard)
    shapes, reynolds = zip(*(recipe.sample(i) for i in indices), strict=True)
    solved = itertools.count(indices.start + 1)
    flows = solve_flows(
        shapes,
        reynolds,
        grid=recipe.grid,
        cells_per_length=recipe.cells_per_length,
        options=recipe.steady,
        names=[f"{recipe.name}/{i:06d}" for i in indices],
        on_finished=lambda _index, _flow: tick(next(solved)),
    )
    entry = ShardEntry.of(path.name, write_shard(path, flows), flows, recipe.splits)
    line = {"event": "shard", "file": path.name, "seconds": round(time.monotonic() - started, 3)}
    append_line(path.parent / "log.jsonl", json.dumps(line))
    return entry


def _begin(recipe: Recipe, directory: Path, allow_different: bool) -> Manifest:
    fresh = Manifest(recipe.name, to_dict(recipe), recipe.seed, emulax.__version__, _environment(recipe))
    if not (directory / MANIFEST_NAME).exists():
        prepare_output(directory)
        fresh.write(directory)
        return fresh
    remove_partial(directory)
    begun = Manifest.read(directory)
    if begun.recipe_hash != fresh.recipe_hash:
        raise InputError(
            str(directory), "holds a dataset of another recipe", "choose another --out or delete the directory"
        )
    differing = [key for key in fresh.environment if begun.environment.get(key) != fresh.environment[key]]
    if begun.code_version != fresh.code_version:
        differing.append("emulax")
    kept = sum((directory / entry.file).exists() for entry in begun.shards)
    if kept < recipe.shards and differing and not allow_different:
        raise InputError(
            str(directory),
            f"was begun in another environment ({', '.join(differing)} differ), so its bytes could not be repeated",
            "go on with --allow-different, or choose another --out",
        )
    return begun


def _environment(recipe: Recipe) -> dict[str, object]:
    empty = FlowCase(open_box(recipe.grid), recipe.reynolds[1], recipe.cells_per_length)
    device = provenance.device()
    kept = ("python", "jax", "jaxlib", "numpy", "xarray", "h5netcdf", "h5py")
    found = provenance.versions()
    return {
        "versions": {name: found[name] for name in kept},
        "platform": device["platform"],
        "kind": device["kind"],
        "threads": device["threads"],
        "engine": engine_identity("auto", common_setup([empty])),
    }
