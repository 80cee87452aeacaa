"""What two machines can agree on about a dataset: recipe, identifiers, splits, and statistics within a tolerance.

Bytes repeat on one machine only. A shipped recipe carries the summary of its dataset, and generation is compared with
it.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np

from emulax.core import resources
from emulax.core.files import write_text
from emulax.data import FlowData, Manifest

SUMMARY_NAME = "manifest.json"

TOLERANCE = 0.01
"""Relative difference of a statistic that rounding on another machine may make: a borderline flow may change sides."""


def summarise(manifest: Manifest, flows: FlowData) -> dict[str, Any]:
    """The summary of a dataset.

    Args:
        manifest: Its manifest.
        flows: Its accepted flows.

    Returns:
        Plain JSON types.
    """
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
        "samples": [[entry.id, entry.geometry_id, entry.split] for entry in manifest.samples()],
        "statistics": {name: float(f"{float(value):.6g}") for name, value in statistics.items()},
    }


def published(manifest: Manifest) -> dict[str, Any] | None:
    """The summary that ships with the recipe of this dataset, if there is one of the same recipe."""
    path = resources.folder("recipes") / manifest.name / SUMMARY_NAME
    if not path.is_file():
        return None
    found = json.loads(path.read_text(encoding="utf-8"))
    return found if found["recipe_hash"] == manifest.recipe_hash else None


def differences(summary: dict[str, Any], reference: dict[str, Any]) -> list[str]:
    """What differs between two summaries beyond the tolerance, in words."""
    found = [name for name in ("recipe_hash", "samples") if summary[name] != reference[name]]
    for name, expected in reference["statistics"].items():
        value = summary["statistics"][name]
        if not math.isclose(value, expected, rel_tol=TOLERANCE):
            found.append(f"{name} {value:g} instead of {expected:g}")
    return found


def write_summary(path: Path, summary: dict[str, Any]) -> None:
    """Write a summary, a sample a line."""
    samples = ",\n".join("  " + json.dumps(sample) for sample in summary["samples"])
    lines = [
        "{",
        f' "recipe_hash": {json.dumps(summary["recipe_hash"])},',
        f' "statistics": {json.dumps(summary["statistics"])},',
        f' "samples": [\n{samples}\n ]',
        "}",
    ]
    write_text(path, "\n".join(lines) + "\n")
