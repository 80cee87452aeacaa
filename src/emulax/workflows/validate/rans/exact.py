"""Manufactured solutions: the order at which the solver's errors fall."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from emulax.workflows.rows import Check, Limit, Row
from emulax_rans import KOmegaSST, LaunderSharma
from emulax_rans.problems import Manufactured

_NAMES = ("U", "the stream function", "k", "its companion")


def checks(*, quick: bool = False) -> list[Check]:
    """The checks of this kind."""
    return [partial(manufactured_order, (20, 40), (10, 20)) if quick else manufactured_order]


def manufactured_order(channel: Sequence[int] = (20, 40, 80), duct: Sequence[int] = (12, 24, 48)) -> Row:
    """Of the orders of all unknowns, in a channel and a duct with both turbulence models, the lowest.

    Args:
        channel: Cells across the half channel.
        duct: Cells across the quarter of the duct.
    """
    lowest, where = np.inf, ""
    for turbulence in (KOmegaSST(), LaunderSharma()):
        for in_duct, cells in ((False, channel), (True, duct)):
            errors = np.array([Manufactured(in_duct, turbulence).errors(count) for count in cells])
            for name, found in zip(_NAMES, errors.T, strict=True):
                if found[0] == 0.0:  # no flow across a channel
                    continue
                order = -float(np.polyfit(np.log(cells), np.log(found), 1)[0])
                if order < lowest:
                    place = "duct" if in_duct else "channel"
                    lowest, where = order, f"{name} in the {place} by {type(turbulence).__name__}"
    return Row(
        "rans.manufactured.order",
        lowest,
        "1",
        Limit(">=", 1.8),
        reference="smooth fields that solve the equations with sources",
        source="doi 10.1115/1.1436090",
        reason=f"lowest of all: {where}",
    )
