"""Distribution of one number of the solver's certificates."""

from __future__ import annotations

import numpy as np
from jaxtyping import Shaped
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from emulax.report.figures.canvas import COLOURS, styled

_BINS = 24
# Beyond this ratio of the largest to the median a linear axis would show one bar.
_SKEWED = 8.0


@styled
def certificate_histogram(name: str, values: Shaped[np.ndarray, " sample"]) -> Figure:
    """Histogram of `values` over flows, on a logarithmic axis where they span orders of magnitude."""
    numbers = np.asarray(values, np.float64)
    figure = Figure(figsize=(3.2, 1.9), layout="constrained")
    axes = figure.add_subplot()
    if numbers.min() > 0 and numbers.max() > _SKEWED * np.median(numbers):
        axes.set_xscale("log")
        edges = np.geomspace(numbers.min(), numbers.max(), _BINS + 1)
    else:
        edges = np.histogram_bin_edges(numbers, _BINS)
        axes.ticklabel_format(axis="x", scilimits=(-3, 4), useMathText=True)
        axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.hist(numbers, edges.tolist(), color=COLOURS[0], edgecolor="white", linewidth=0.4)
    axes.yaxis.set_major_locator(MaxNLocator(4, integer=True, steps=(1, 2, 5, 10)))
    axes.grid(visible=False, axis="x")
    axes.set_xlabel(name)
    axes.set_ylabel("flows")
    return figure
