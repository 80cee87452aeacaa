"""Collisions by name."""

from __future__ import annotations

import difflib

from emulax_lbm.checks import require_kind
from emulax_lbm.collision.bgk import BGK
from emulax_lbm.collision.collision import Collision
from emulax_lbm.collision.cumulant import Cumulant
from emulax_lbm.collision.regularised import Regularised
from emulax_lbm.collision.smagorinsky import Smagorinsky
from emulax_lbm.collision.trt import TRT
from emulax_lbm.errors import CaseError

COLLISIONS: dict[str, type[Collision]] = {
    "bgk": BGK,
    "trt": TRT,
    "regularised": Regularised,
    "cumulant": Cumulant,
    "smagorinsky": Smagorinsky,
}


def collision_named(name: str) -> Collision:
    """The collision of this name, with its defaults.

    Args:
        name: `bgk`, `trt`, `regularised`, `cumulant` or `smagorinsky` (on two relaxation times).

    Raises:
        CaseError: An unknown name; the text has the nearest known one.
    """
    require_kind("collision", name, str, "a name")
    if name in COLLISIONS:
        return COLLISIONS[name]()
    near = difflib.get_close_matches(name.lower(), COLLISIONS, n=1, cutoff=0.4)
    hint = f": did you mean {near[0]!r}?" if near else ""
    raise CaseError("collision", f"unknown name {name!r}, known are {', '.join(sorted(COLLISIONS))}{hint}")
