"""The page's sections in order: each takes the content and returns HTML, empty when there is nothing to say."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from emulax.report.content import ReportContent
from emulax.report.elements import Html
from emulax.report.sections.dataset import dataset
from emulax.report.sections.errors import errors
from emulax.report.sections.examples import examples
from emulax.report.sections.provenance import provenance
from emulax.report.sections.sensitivity import sensitivity
from emulax.report.sections.summary import summary
from emulax.report.sections.timing import timing
from emulax.report.sections.training import training
from emulax.report.sections.verified import verified

SECTIONS: Mapping[str, Callable[[ReportContent], Html]] = {
    "Summary": summary,
    "Data sheet": dataset,
    "Training": training,
    "Errors": errors,
    "Geometry sensitivity": sensitivity,
    "Predictions": examples,
    "Verified shapes": verified,
    "Timing": timing,
    "Provenance": provenance,
}

__all__ = ["SECTIONS"]
