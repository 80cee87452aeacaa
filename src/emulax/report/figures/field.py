"""One scalar field of a flow, with the body in it."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from scipy.ndimage import distance_transform_edt

from emulax.report.figures.canvas import BODY, INK, styled
from emulax.report.figures.scale import Scale


def draw_field(
    axes: Axes,
    values: Float32[np.ndarray, "y x"],
    *,
    sdf: Float32[np.ndarray, "y x"],
    cells_per_length: int,
    scale: Scale,
) -> AxesImage:
    """Draw a field over x/D and y/D with the body in grey.

    The body's edge is the zero line of the SDF, which is finer than the cells; under it, solid cells continue the
    nearest fluid cell so that no colour of the inside shows through.
    """
    rows, columns = values.shape
    solid = sdf <= 0.0
    if solid.any() and not solid.all():
        nearest = distance_transform_edt(solid, return_distances=False, return_indices=True)
        values = values[tuple(np.asarray(nearest))]
    image = axes.imshow(
        values,
        origin="lower",
        extent=(0.0, columns / cells_per_length, 0.0, rows / cells_per_length),
        cmap=scale.colour_map,
        vmin=scale.low,
        vmax=scale.high,
        interpolation="bilinear",
    )
    if solid.any():
        x = (np.arange(columns) + 0.5) / cells_per_length
        y = (np.arange(rows) + 0.5) / cells_per_length
        axes.contourf(x, y, sdf, levels=[min(float(sdf.min()), -1.0), 0.0], colors=[BODY])
        axes.contour(x, y, sdf, levels=[0.0], colors=[INK], linewidths=0.8)
    axes.grid(visible=False)
    return image


def label_axes(axes: Axes) -> None:
    """Name the axes of a flow."""
    axes.set_xlabel("x / D", labelpad=1)
    axes.set_ylabel("y / D", labelpad=2)


def add_colour_bar(axes: Axes, image: AxesImage, values: Float32[np.ndarray, " cells"], scale: Scale) -> None:
    """A colour bar under `axes`, pointed where the field's fluid `values` leave the scale."""
    bar = axes.figure.colorbar(
        image, ax=axes, orientation="horizontal", aspect=36, pad=0.02, extend=scale.extend(values)
    )
    bar.set_label(scale.label, labelpad=3)
    bar.outline.set_visible(False)


@styled
def field_picture(
    values: Float32[np.ndarray, "y x"],
    *,
    sdf: Float32[np.ndarray, "y x"],
    cells_per_length: int,
    scale: Scale,
    title: str = "",
    bare: bool = False,
) -> Figure:
    """A field on its own.

    Args:
        values: The field.
        sdf: Signed distance in units of D.
        cells_per_length: Cells in D.
        scale: Colours.
        title: What the field is.
        bare: Leave axes and colour bar to the surroundings, for a gallery.
    """
    rows, columns = values.shape
    if bare:
        figure = Figure(figsize=(2.6, 2.6 * rows / columns))
        axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
        axes.set_axis_off()
    else:
        figure = Figure(figsize=(3.9, 3.4 * rows / columns + 1.15), layout="constrained")
        axes = figure.add_subplot(title=title)
        label_axes(axes)
    image = draw_field(axes, values, sdf=sdf, cells_per_length=cells_per_length, scale=scale)
    if not bare:
        add_colour_bar(axes, image, values[sdf > 0.0], scale)
    return figure
