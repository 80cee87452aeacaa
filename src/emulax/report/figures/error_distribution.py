"""Distribution of the error over flows, one curve per predictor."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
from matplotlib.figure import Figure

from emulax.report.figures.canvas import COLOURS, styled, write_plain_numbers
from emulax.trust import Score


@styled
def error_distribution(scores: Sequence[Score], metric: str, *, nulls: Collection[str]) -> Figure:
    """Share of flows whose error is at most that on the axis; null models are dashed."""
    figure = Figure(figsize=(5.2, 3.3), layout="constrained")
    axes = figure.add_subplot()
    for number, score in enumerate(scores):
        axes.ecdf(
            np.asarray(score.errors[metric], np.float64),
            label=score.name,
            color=COLOURS[number % len(COLOURS)],
            linestyle="--" if score.name in nulls else "-",
            linewidth=1.3 if score.name in nulls else 2.0,
        )
    axes.set_xscale("log")
    write_plain_numbers(axes.xaxis)
    axes.set_ylim(0.0, 1.02)
    axes.set_xlabel(f"{metric} of a flow")
    axes.set_ylabel("share of flows with at most this error")
    figure.legend(loc="outside upper left", ncols=3)
    return figure
