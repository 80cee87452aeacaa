from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from emulax_lbm import FlowCase
from emulax_lbm.problems import ball

GRID, CELLS = (24, 48), 8


def _circle_sdf(centre: Sequence[float], diameter: float = 1.0, *, grid=GRID, cells: float = CELLS) -> np.ndarray:
    """Signed distance to a circle; lengths in units of D."""
    return ball(grid, centre, cells, diameter=diameter)


def _cylinder(centre: Sequence[float] = (2.0, 1.5), reynolds: float = 10.0, **changes: Any) -> FlowCase:
    """A circle of eight cells in a small through-flow box."""
    diameter = changes.pop("diameter", 1.0)
    return FlowCase(_circle_sdf(centre, diameter), reynolds, CELLS, **changes)


@pytest.fixture(scope="session")
def circle_sdf() -> Callable[..., np.ndarray]:
    return _circle_sdf


@pytest.fixture(scope="session")
def cylinder() -> Callable[..., FlowCase]:
    return _cylinder
