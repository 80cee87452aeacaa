"""Truth, prediction and error of one flow's streamwise velocity."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32
from matplotlib.figure import Figure

from emulax.report.figures.field import field_picture
from emulax.report.figures.scale import Scale


def comparison_pictures(
    predicted: Float32[np.ndarray, "y x"],
    truth: Float32[np.ndarray, "y x"],
    *,
    sdf: Float32[np.ndarray, "y x"],
    cells_per_length: int,
) -> dict[str, Figure]:
    """Three pictures by their titles: truth and prediction in the truth's colours, and their difference in its own.

    Args:
        predicted: u in units of U.
        truth: The same of the solver.
        sdf: Signed distance in units of D.
        cells_per_length: Cells in D.
    """
    shared = Scale.of("u / U", truth[sdf > 0.0])
    own = Scale.around_zero("(u predicted − u) / U", (predicted - truth)[sdf > 0.0])

    fields = {"truth (solver)": (truth, shared), "prediction": (predicted, shared), "error": (predicted - truth, own)}
    return {
        title: field_picture(values, sdf=sdf, cells_per_length=cells_per_length, scale=scale, title=title)
        for title, (values, scale) in fields.items()
    }
