"""Drag against the Reynolds number."""

from __future__ import annotations

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from emulax.data import FlowData
from emulax.report.figures.canvas import styled

# Paths up to here, pixels beyond, so that a large dataset does not make a large page.
_VECTOR_POINTS = 1000


@styled
def drag_scatter(flows: FlowData) -> Figure:
    """Drag coefficient of every flow over its Reynolds number, coloured by frontal height."""
    figure = Figure(figsize=(5.2, 3.3), layout="constrained")
    axes = figure.add_subplot()
    points = axes.scatter(
        flows.reynolds,
        flows.drag_coefficient,
        c=flows.height,
        cmap="viridis",
        s=14,
        linewidths=0,
        rasterized=len(flows) > _VECTOR_POINTS,
    )
    axes.set_xlabel("Re = U D / ν")
    axes.set_ylabel("drag coefficient  F / (½ ρ U² D)")
    axes.set_ylim(bottom=min(0.0, float(flows.drag_coefficient.min())))
    bar = figure.colorbar(points, ax=axes, label="frontal height h / D", aspect=30, pad=0.02)
    bar.locator = MaxNLocator(5)
    bar.outline.set_visible(False)
    return figure
