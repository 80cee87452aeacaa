"""Which colours stand for which values."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from emulax.report.figures.canvas import styled

# Perceptually uniform, and safe for the colour-blind: viridis, and the diverging map of Moreland, "Diverging color
# maps for scientific visualization", 2009, doi:10.1007/978-3-642-10520-3_9.
_SEQUENTIAL, _DIVERGING = "viridis", "coolwarm"


@dataclass(frozen=True)
class Scale:
    """Which colours stand for which values of a quantity named `label`."""

    label: str
    low: float
    high: float
    diverging: bool = False

    @staticmethod
    def of(label: str, values: Float[np.ndarray, " *cells"]) -> Scale:
        """From the smallest to the largest of `values`."""
        return Scale(label, float(values.min()), float(values.max()))

    @staticmethod
    def around_zero(label: str, values: Float[np.ndarray, " *cells"]) -> Scale:
        """Symmetric about zero, which is light grey; as wide as the largest of `values`."""
        reach = float(np.abs(values).max()) or 1.0
        return Scale(label, -reach, reach, diverging=True)

    @property
    def colour_map(self) -> str:
        """Name of the colour map."""
        return _DIVERGING if self.diverging else _SEQUENTIAL

    def extend(self, values: Float[np.ndarray, " *cells"]) -> str:
        """On which sides `values` leave the scale, as a colour bar's `extend`."""
        margin = 1e-6 * (self.high - self.low)
        below, above = values.min() < self.low - margin, values.max() > self.high + margin
        return {(0, 0): "neither", (1, 0): "min", (0, 1): "max", (1, 1): "both"}[int(below), int(above)]


@styled
def scale_picture(scale: Scale) -> Figure:
    """The colour bar of a gallery."""
    figure = Figure(figsize=(3.9, 0.6))
    mappable = ScalarMappable(Normalize(scale.low, scale.high), scale.colour_map)
    axes = figure.add_axes((0.03, 0.8, 0.94, 0.16))
    bar = figure.colorbar(mappable, cax=axes, orientation="horizontal", label=scale.label)
    bar.outline.set_visible(False)
    return figure
