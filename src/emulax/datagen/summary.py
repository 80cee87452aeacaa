"""What two machines can agree on about a dataset: recipe, identifiers, splits, and statistics within a tolerance.

Bytes repeat on one machine only. A shipped recipe carries a file with the summaries of its dataset, one for each size,
and generation is compared with it.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np

from emulax.core import resources
from emulax.core.config import digest
from emulax.core.errors import InputError
from emulax.core.files import write_text
from emulax.data import SPLITS, FlowData, Manifest

SUMMARY_NAME = "manifest.json"

TOLERANCE = 0.01
"""Relative difference of a statistic that rounding on another machine may make: a borderline flow may change sides."""


def summarise(manifest: Manifest, flows: FlowData) -> dict[str, Any]:
    """The summary of a dataset.

    Args:
        manifest: Its manifest.
        flows: Its accepted flows.

    Returns:
        `recipe_hash`; `samples` with their number, that of each split, and the SHA-256 of all identifiers, geometries
        and splits; `statistics`. Plain JSON types.
    """
    entries = manifest.samples()
    speed = np.linalg.norm(flows.velocity, axis=-1)[flows.mask]
    statistics = {
        "accepted": len(flows),
        "drag_coefficient_mean": flows.drag_coefficient.mean(dtype=np.float64),
        "drag_coefficient_std": flows.drag_coefficient.std(dtype=np.float64),
        "lift_coefficient_std": flows.lift_coefficient.std(dtype=np.float64),
        "speed_mean": speed.mean(dtype=np.float64),
        "speed_std": speed.std(dtype=np.float64),
        "pressure_std": flows.pressure[flows.mask].std(dtype=np.float64),
    }
    return {
        "recipe_hash": manifest.recipe_hash,
        "samples": {
            "number": len(entries),
            **{split: sum(entry.split == split for entry in entries) for split in SPLITS},
            "sha256": digest([[entry.id, entry.geometry_id, entry.split] for entry in entries]),
        },
        "statistics": {name: float(f"{float(value):.6g}") for name, value in statistics.items()},
    }


def published(manifest: Manifest) -> dict[str, Any] | None:
    """The summary that ships with the recipe of this dataset, if there is one of the same size and recipe."""
    summaries = read_summaries(resources.folder("recipes") / manifest.name / SUMMARY_NAME)
    return next((found for found in summaries.values() if found["recipe_hash"] == manifest.recipe_hash), None)


def read_summaries(path: Path) -> dict[str, dict[str, Any]]:
    """The summaries in a file by size; none if there is no file.

    Raises:
        InputError: The file holds something else.
    """
    if not path.exists():
        return {}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(str(path), f"is not a file of summaries: {error}") from error
    if not isinstance(found, dict) or not all(isinstance(one, dict) and "recipe_hash" in one for one in found.values()):
        raise InputError(str(path), "is not a file of summaries", "name another file")
    return found


def differences(summary: dict[str, Any], reference: dict[str, Any]) -> list[str]:
    """What differs between two summaries beyond the tolerance, in words."""
    found = [name for name in ("recipe_hash", "samples") if summary[name] != reference[name]]
    for name, expected in reference["statistics"].items():
        value = summary["statistics"][name]
        if not math.isclose(value, expected, rel_tol=TOLERANCE):
            found.append(f"{name} {value:g} instead of {expected:g}")
    return found


def write_summary(path: Path, size: str, summary: dict[str, Any]) -> None:
    """Write the summary of one size to a file, beside those of other sizes that it holds.

    Raises:
        InputError: The file holds something else.
        RunError: It could not be written.
    """
    write_text(path, json.dumps(read_summaries(path) | {size: summary}, indent=1) + "\n")
