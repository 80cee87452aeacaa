"""The manifest: what a dataset was made from and what every shard and sample of it is."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emulax.core.config import digest, from_dict, to_dict
from emulax.core.errors import InputError
from emulax.core.files import write_text
from emulax.data.flows import FlowData
from emulax.data.schema import SCHEMA_VERSION
from emulax.data.splits import Split, SplitFractions, split_of

MANIFEST_NAME = "manifest.json"


@dataclass(frozen=True)
class SampleEntry:
    """One sample of a shard; `reason` says why a rejected one is not fit for use."""

    id: str
    geometry_id: str
    split: Split
    accepted: bool
    reason: str = ""


@dataclass(frozen=True)
class ShardEntry:
    """One shard: its file name, its SHA-256 and its samples in order."""

    file: str
    sha256: str
    samples: tuple[SampleEntry, ...]

    @staticmethod
    def of(file: str, sha256: str, flows: FlowData, fractions: SplitFractions) -> ShardEntry:
        """The entry of the shard `file` that holds `flows`."""
        columns = (flows.sample_id, flows.geometry_id, flows.certificate.accepted, flows.certificate.reason)
        samples = tuple(
            SampleEntry(str(sample), str(geometry), split_of(str(geometry), fractions), bool(accepted), str(reason))
            for sample, geometry, accepted, reason in zip(*columns, strict=True)
        )
        return ShardEntry(file, sha256, samples)


@dataclass(frozen=True)
class Manifest:
    """A dataset's table of contents and provenance, free of times, hosts and paths.

    Args:
        name: Name of the dataset.
        recipe: The resolved recipe as plain JSON types.
        seed: Seed of every random draw.
        code_version: Version or commit of emulax.
        environment: What the bytes depend on besides the recipe, recorded at the start: package versions,
            device kind, threads, engine.
        shards: The finished shards in order.
        schema_version: Version of the schema that the shards follow.
    """

    name: str
    recipe: dict
    seed: int
    code_version: str
    environment: dict
    shards: tuple[ShardEntry, ...] = ()
    schema_version: int = SCHEMA_VERSION

    @property
    def recipe_hash(self) -> str:
        """SHA-256 of the resolved recipe."""
        return digest(self.recipe)

    def samples(self) -> list[SampleEntry]:
        """Every sample of every shard in order, the rejected ones included."""
        return [sample for shard in self.shards for sample in shard.samples]

    def write(self, directory: Path) -> None:
        """Write `manifest.json` into the dataset's directory, atomically.

        Raises:
            RunError: The file could not be written.
        """
        values = {"schema_version": self.schema_version, "recipe_hash": self.recipe_hash} | to_dict(self)
        write_text(Path(directory) / MANIFEST_NAME, json.dumps(values, indent=1) + "\n")

    @staticmethod
    def read(directory: Path) -> Manifest:
        """Read and check the manifest of a dataset's directory.

        Raises:
            InputError: It is missing, not a manifest, of another schema version, or its recipe was edited.
        """
        path = Path(directory) / MANIFEST_NAME
        values = _read_json(path)
        version = values.get("schema_version")
        if version != SCHEMA_VERSION:
            raise InputError(
                str(path), f"has schema version {version}, supported is {SCHEMA_VERSION}", "generate it again"
            )
        recipe_hash = values.pop("recipe_hash", None)
        manifest = from_dict(Manifest, values, str(path))
        if recipe_hash != manifest.recipe_hash:
            raise InputError(str(path), "the recipe does not match its recorded hash", "generate it again")
        return manifest


def _read_json(path: Path) -> dict[str, Any]:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(str(path), f"cannot be read: {error.strerror}", "run generate first") from error
    except ValueError as error:
        raise InputError(str(path), f"is not JSON: {error}", "delete it and run generate again") from error
    if not isinstance(values, dict):
        raise InputError(str(path), "is not a manifest", "delete it and run generate again")
    return values
