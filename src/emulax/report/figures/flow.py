"""A whole flow: velocity components and pressure, beside the truth where there is one."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32
from matplotlib.figure import Figure

from emulax.report.figures.canvas import styled
from emulax.report.figures.field import add_colour_bar, draw_field, label_axes
from emulax.report.figures.scale import Scale

_CHANNELS = (("u / U", False), ("v / U", True), ("p / ρU²", True))


@styled
def flow_picture(
    predicted: Float32[np.ndarray, "y x 3"],
    *,
    sdf: Float32[np.ndarray, "y x"],
    cells_per_length: int,
    title: str,
    truth: Float32[np.ndarray, "y x 3"] | None = None,
) -> Figure:
    """u, v and p of a prediction, one below the other; with a truth also truth and error, side by side.

    Truth and prediction share the truth's colours; each error has its own.

    Args:
        predicted: Channels u, v in units of U and p in units of rho U^2.
        sdf: Signed distance in units of D.
        cells_per_length: Cells in D.
        title: Title of the figure.
        truth: What the solver found.
    """
    fluid = sdf > 0.0
    rows, columns = sdf.shape
    names = ["prediction"] if truth is None else ["truth (solver)", "prediction", "error"]
    width = 5.0 if truth is None else 3.4
    figure = Figure(
        figsize=(0.6 + (width + 0.6) * len(names), 0.6 + (width * rows / columns + 0.85) * len(_CHANNELS)),
        layout="compressed",
    )
    figure.suptitle(title, fontsize=11)
    grid = figure.subplots(len(_CHANNELS), len(names), squeeze=False)
    for channel, (label, diverging) in enumerate(_CHANNELS):
        value = predicted[..., channel]
        reference = value if truth is None else truth[..., channel]
        make = Scale.around_zero if diverging else Scale.of
        scale = make(label, reference[fluid])
        panels = [(value, scale)]
        if truth is not None:
            error = value - reference
            panels = [(reference, scale), *panels, (error, Scale.around_zero(f"error of {label}", error[fluid]))]
        for axes, name, (values, colours) in zip(grid[channel], names, panels, strict=True):
            image = draw_field(axes, values, sdf=sdf, cells_per_length=cells_per_length, scale=colours)
            add_colour_bar(axes, image, values[fluid], colours)
            label_axes(axes)
            if channel == 0 and truth is not None:
                axes.set_title(name)
    return figure
