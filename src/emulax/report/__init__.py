"""Figures of flows, and one self-contained HTML page about a dataset, its models and how far to trust them."""

from emulax.report.content import DatasetSheet, Examples, ModelSheet, ReportContent, Timing, VerifiedShape
from emulax.report.figures import flow_picture, write_figure
from emulax.report.page import write_report

__all__ = [
    "DatasetSheet",
    "Examples",
    "ModelSheet",
    "ReportContent",
    "Timing",
    "VerifiedShape",
    "flow_picture",
    "write_figure",
    "write_report",
]
