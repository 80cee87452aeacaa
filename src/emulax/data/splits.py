"""Which split a sample belongs to, decided by its geometry alone."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from typing import Literal, get_args

from emulax.core.errors import InputError

Split = Literal["train", "validation", "test"]
SPLITS: tuple[Split, ...] = get_args(Split)


@dataclass(frozen=True)
class SplitFractions:
    """Expected share of geometries in each split; the shares sum to one."""

    train: float = 0.8
    validation: float = 0.1
    test: float = 0.1

    def __post_init__(self) -> None:
        shares = (self.train, self.validation, self.test)
        if min(shares) < 0 or not math.isclose(sum(shares), 1.0, abs_tol=1e-9):
            raise InputError("fractions", f"are {shares}, must not be negative and must sum to 1")


def split_of(geometry_id: str, fractions: SplitFractions = SplitFractions()) -> Split:
    """The split of every sample of one geometry.

    The identifier's SHA-256, read as a number in [0, 1), falls into one of three intervals. A geometry
    therefore keeps its split when a dataset grows, and Reynolds sweeps or coarse and fine runs of one shape
    stay together.
    """
    position = int.from_bytes(hashlib.sha256(geometry_id.encode()).digest()[:8], "big") / 2**64
    if position < fractions.train:
        return "train"
    return "validation" if position < fractions.train + fractions.validation else "test"
