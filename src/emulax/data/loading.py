"""Datasets on disk: where they live and how they are read."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from emulax.core.errors import InputError, unknown_name
from emulax.data.flows import FlowData
from emulax.data.manifest import Manifest
from emulax.data.shards import read_shard
from emulax.data.splits import SPLITS


def data_directory(name: str, out: Path | None = None) -> Path:
    """Where the dataset `name` lives: `out` if given, else `$EMULAX_DATA/name`, else `data/name`."""
    if out is not None:
        return Path(out)
    return Path(os.environ.get("EMULAX_DATA") or "data") / name


def load_flows(directory: Path, split: str | None = None, *, verify: bool = True) -> FlowData:
    """Read the accepted samples of a dataset, in order, into memory.

    Args:
        directory: Directory of the dataset.
        split: `train`, `validation` or `test`; None for all of them.
        verify: Compare every shard with its checksum first.

    Raises:
        InputError: The directory, its manifest or a shard is missing, damaged or of another schema version,
            or no sample qualifies.
    """
    directory = Path(directory)
    if split is not None and split not in SPLITS:
        raise unknown_name("split", split, SPLITS)
    if not directory.is_dir():
        raise InputError(str(directory), "no such dataset directory", "run generate first")
    parts = []
    for shard in Manifest.read(directory).shards:
        wanted = np.array([sample.accepted and split in (None, sample.split) for sample in shard.samples])
        if wanted.any():
            flows = read_shard(directory / shard.file, sha256=shard.sha256 if verify else None)
            parts.append(flows.take(wanted))
    if not parts:
        kind = f"sample in split {split!r}" if split else "sample"
        raise InputError(str(directory), f"has no accepted {kind}")
    return FlowData.concatenate(parts)
