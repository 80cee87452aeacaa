"""Truth, prediction and error of one flow's streamwise velocity."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32
from matplotlib.figure import Figure

from emulax.report.figures.field import field_picture
from emulax.report.figures.scale import Scale


def comparison_pictures(
    predicted: Float32[np.ndarray, "y x 3"],
    truth: Float32[np.ndarray, "y x 3"],
    *,
    sdf: Float32[np.ndarray, "y x"],
    cells_per_length: int,
) -> dict[str, Figure]:
    """Three pictures by their titles: truth and prediction in the truth's colours, and their difference in its own.

    Args:
        predicted: Channels u, v in units of U and p in units of rho U^2.
        truth: The same of the solver.
        sdf: Signed distance in units of D.
        cells_per_length: Cells in D.
    """
    u, u_true = predicted[..., 0], truth[..., 0]
    shared = Scale.of("u / U", u_true[sdf > 0.0])
    own = Scale.around_zero("(u predicted − u) / U", (u - u_true)[sdf > 0.0])

    fields = {"truth (solver)": (u_true, shared), "prediction": (u, shared), "error": (u - u_true, own)}
    return {
        title: field_picture(values, sdf=sdf, cells_per_length=cells_per_length, scale=scale, title=title)
        for title, (values, scale) in fields.items()
    }
