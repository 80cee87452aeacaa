"""Second order on manufactured solutions: all equations, all terms."""

import numpy as np
import pytest

from emulax_rans import KOmegaSST, LaunderSharma
from emulax_rans.problems.manufactured import Manufactured

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    "turbulence",
    [KOmegaSST(), LaunderSharma()],
    ids=lambda model: type(model).__name__,
)
def test_channel_is_of_second_order(turbulence):
    coarse, fine = (Manufactured(duct=False, turbulence=turbulence).errors(cells) for cells in (20, 40))
    assert coarse[1] == fine[1] == 0.0  # nothing flows across a channel
    assert (np.log2(coarse[[0, 2, 3]] / fine[[0, 2, 3]]) > 1.8).all()


def test_duct_is_of_second_order():
    coarse, fine = (Manufactured(duct=True).errors(cells) for cells in (10, 20))
    assert (np.log2(coarse / fine) > 1.8).all()
