"""Losses over the epochs of one training."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float64
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from emulax.report.figures.canvas import COLOURS, INK, styled


@styled
def learning_curve(name: str, history: Mapping[str, Float64[np.ndarray, " epoch"]]) -> Figure:
    """Training and validation loss on a logarithmic axis, with the epoch that was kept."""
    figure = Figure(figsize=(5.2, 3.1), layout="constrained")
    axes = figure.add_subplot()
    epoch = history["epoch"]
    axes.plot(epoch, history["train_loss"], color=COLOURS[4], label="training")
    validation = history["validation_loss"]
    seen = np.isfinite(validation)
    axes.plot(epoch[seen], validation[seen], color=COLOURS[1], label="validation")
    if seen.any():
        best = int(np.nanargmin(validation))
        axes.plot(
            epoch[best], validation[best], "o", color=INK, markersize=4, label=f"best validation, epoch {epoch[best]:g}"
        )
    axes.set_yscale("log")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, steps=(1, 2, 5, 10)))
    axes.set_title(name, loc="left", fontweight="bold")
    axes.set_xlabel("epoch")
    axes.set_ylabel("loss")
    axes.legend()
    return figure
