"""How every figure looks and how it becomes bytes; no pyplot, so nothing is global and no display is needed."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import matplotlib
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

from emulax.core.files import atomic_path

PIXELS_PER_INCH = 96
"""CSS pixels; raster pictures have twice as many, for sharp screens and for paper."""

# Okabe & Ito, "Color Universal Design", 2008: told apart by the colour-blind.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000")
INK = "#333f48"
BODY = "#8b8f94"

_STYLE: dict[Any, Any] = {
    "font.size": 9,
    "axes.titlesize": 9,
    "axes.labelsize": 9,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.7,
    "axes.axisbelow": True,
    "axes.grid": True,
    "grid.color": "#e4e8eb",
    "grid.linewidth": 0.6,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "xtick.major.width": 0.7,
    "ytick.major.width": 0.7,
    "legend.frameon": False,
    "legend.fontsize": 8,
    "lines.linewidth": 1.4,
    "savefig.facecolor": "white",
    # Fixed, so that equal figures are equal bytes.
    "svg.hashsalt": "emulax",
}

_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")


def styled(draw: Callable[_Arguments, _Result]) -> Callable[_Arguments, _Result]:
    """Run a function that draws under the house style, and leave matplotlib's settings as they were."""

    @wraps(draw)
    def inner(*args: _Arguments.args, **kwargs: _Arguments.kwargs) -> _Result:
        with matplotlib.rc_context(_STYLE):
            return draw(*args, **kwargs)

    return inner


def write_plain_numbers(axis: Axis) -> None:
    """Label a logarithmic axis with 0.01, 0.02, 0.05, ... in place of powers of ten."""
    axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axis.set_minor_formatter(NullFormatter())


@styled
def write_figure(path: Path, figure: Figure) -> None:
    """Write a figure in the format of the path's suffix.

    Raises:
        RunError: The file could not be written.
    """
    with atomic_path(path) as temporary:
        figure.savefig(temporary, dpi=2 * PIXELS_PER_INCH, bbox_inches="tight")


@styled
def png_bytes(figure: Figure) -> bytes:
    """The figure as PNG."""
    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=2 * PIXELS_PER_INCH)
    return stream.getvalue()


@styled
def svg_bytes(figure: Figure) -> bytes:
    """The figure as SVG, without the date."""
    stream = io.BytesIO()
    figure.savefig(stream, format="svg", metadata={"Date": None})
    return stream.getvalue()
