"""Files that ship with emulax: dataset recipes and the demo's shapes.

A wheel carries them inside the package; a checkout keeps them in folders of their own.
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]
_CHECKOUT = _PACKAGE.parents[1]
_FOLDERS = {"recipes": "datasets", "shapes": "examples/shapes"}


def folder(kind: str) -> Path:
    """The folder that holds the shipped files of one `kind` (`recipes` or `shapes`)."""
    packaged = _PACKAGE / kind
    return packaged if packaged.is_dir() else _CHECKOUT / _FOLDERS[kind]


def recipes() -> dict[str, Path]:
    """The shipped recipes by name, in alphabetical order."""
    return {path.parent.name: path for path in sorted(folder("recipes").glob("*/recipe.toml"))}
