"""`emulax generate`: a dataset from a recipe."""

from __future__ import annotations

import json
import time
from collections import Counter
from pathlib import Path
from typing import Any

from emulax.core.errors import InputError
from emulax.core.files import append_line
from emulax.core.progress import log
from emulax.data import Manifest, data_directory, load_flows
from emulax.datagen import (
    TurbulenceRecipe,
    differences,
    generate_dataset,
    generate_turbulence,
    load_any_recipe,
    load_recipe,
    published,
    read_reruns,
    read_summaries,
    rerun,
    summarise,
    write_reruns,
    write_summary,
)
from emulax.datagen.recipe import DEFAULT_SIZE


def generate_any(recipe: str, *, out: Path | None = None, size: str = DEFAULT_SIZE, **options: Any) -> None:
    """Generate what a recipe describes: a dataset, or the statistics of a turbulent flow.

    Args:
        recipe: A shipped recipe by name, or the path of one.
        out: Directory; `$EMULAX_DATA/NAME` or `data/NAME` when None.
        size: One of the recipe's sizes.
        options: Further options of `generate`; of a turbulent flow `samples` and `seed`.

    Raises:
        InputError: A bad argument; nothing was written.
        RunError: A failure while running; a second call goes on.
    """
    changes = {name: options.get(name) for name in ("samples", "seed")}
    resolved = load_any_recipe(recipe, size=size, **changes)
    if not isinstance(resolved, TurbulenceRecipe):
        generate(recipe, out=out, size=size, **options)
        return
    for name in ("summary", "allow_different"):
        if options.get(name):
            raise InputError(
                f"--{name.replace('_', '-')}", "goes with datasets of many flows, not with a turbulent one"
            )
    log.info("%s", generate_turbulence(resolved, data_directory(resolved.name, out)))


def generate(
    recipe: str,
    *,
    out: Path | None = None,
    size: str = DEFAULT_SIZE,
    samples: int | None = None,
    seed: int | None = None,
    allow_different: bool = False,
    summary: Path | None = None,
) -> tuple[Path, Manifest]:
    """Generate a dataset, or what is missing of one.

    Args:
        recipe: A shipped recipe by name, or the path of one.
        out: Directory of the dataset; `$EMULAX_DATA/NAME` or `data/NAME` when None.
        size: One of the recipe's sizes.
        samples: Number of flows, in place of the recipe's.
        seed: Seed, in place of the recipe's.
        allow_different: Resume although versions, device or thread count have changed.
        summary: Also write the summary that a shipped recipe carries to this file, beside those of other sizes.

    Returns:
        The directory and its manifest.

    Raises:
        InputError: A bad argument; nothing was written.
        RunError: A failure while running; finished shards are intact and a second call goes on from them.
    """
    resolved = load_recipe(recipe, size=size, samples=samples, seed=seed)
    if summary is not None:
        read_summaries(summary)
    directory = data_directory(resolved.name, out)
    manifest = generate_dataset(resolved, directory, allow_different=allow_different)
    entries = manifest.samples()
    rejected = [entry for entry in entries if not entry.accepted]
    splits = Counter(entry.split for entry in entries if entry.accepted)
    counts = ", ".join(f"{count} {name}" for name, count in sorted(splits.items()))
    log.info("%s: %d flows (%s), %d rejected", directory, len(entries) - len(rejected), counts, len(rejected))
    _compare(directory, manifest, size, summary)
    if len(rejected) < len(entries):
        _rerun(directory)
    return directory, manifest


def _rerun(directory: Path) -> None:
    """Run some flows for longer, unless that has been done, and say how far they still moved."""
    found = read_reruns(directory)
    if found is None:
        started = time.monotonic()
        found = rerun(load_flows(directory, verify=False))
        write_reruns(directory, found)
        line = {"event": "rerun", "flows": len(found), "seconds": round(time.monotonic() - started, 3)}
        append_line(directory / "log.jsonl", json.dumps(line))
    if found:
        log.info(
            "%d flows run three times as long: velocity changed by at most %.2g, drag by at most %.2g of itself",
            len(found),
            max(one.velocity for one in found),
            max(one.drag for one in found),
        )


def _compare(directory: Path, manifest: Manifest, size: str, target: Path | None) -> None:
    """Hold the dataset against the published summary of its recipe."""
    reference = published(manifest)
    if reference is None and target is None:
        return
    found = summarise(manifest, load_flows(directory, verify=False))
    if target is not None:
        write_summary(target, size, found)
    elif reference is not None:
        differing = differences(found, reference)
        verdict = f"differs from it: {'; '.join(differing)}" if differing else "agrees with it"
        log.info("compared with the published summary of %s: %s", manifest.name, verdict)
