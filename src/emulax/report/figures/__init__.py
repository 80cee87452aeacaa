"""Pictures of flows and numbers: functions that return a matplotlib `Figure`, one kind of picture a file."""

from emulax.report.figures.canvas import png_bytes, svg_bytes, write_figure
from emulax.report.figures.certificate import certificate_histogram
from emulax.report.figures.comparison import comparison_pictures
from emulax.report.figures.drag import drag_scatter
from emulax.report.figures.error_distribution import error_distribution
from emulax.report.figures.field import field_picture
from emulax.report.figures.flow import flow_picture
from emulax.report.figures.learning_curve import learning_curve
from emulax.report.figures.scale import Scale, scale_picture

__all__ = [
    "Scale",
    "certificate_histogram",
    "comparison_pictures",
    "drag_scatter",
    "error_distribution",
    "field_picture",
    "flow_picture",
    "learning_curve",
    "png_bytes",
    "scale_picture",
    "svg_bytes",
    "write_figure",
]
