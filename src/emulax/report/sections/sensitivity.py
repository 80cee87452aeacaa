"""Do the models look at the geometry?"""

from __future__ import annotations

from emulax.report.content import ReportContent
from emulax.report.elements import Html, badge, table
from emulax.report.numbers import number, times
from emulax.report.ranking import METRIC, SENSITIVITY_LIMIT, looks_at_geometry
from emulax.trust import Sensitivity


def sensitivity(content: ReportContent) -> Html:
    """Error with the true, no and another flow's geometry."""
    if not content.sensitivities:
        return Html()
    verdict = f"verdict (≥ {SENSITIVITY_LIMIT:g}×)"
    return table(
        ("model", "true", "blank", "shuffled", "blank / true", "shuffled / true", verdict),
        [_row(name, found) for name, found in content.sensitivities.items()],
        align="lrrrrrl",
        caption=f"Mean {METRIC} when a model is given the true geometry, open flow without a body, or the geometry of"
        " another flow; Reynolds number and truth stay. A ratio near one says that the shape is ignored.",
    )


def _row(name: str, found: Sensitivity) -> tuple[str, ...]:
    good = looks_at_geometry(found)
    return (
        name,
        number(found.error),
        number(found.blank_error),
        number(found.shuffled_error),
        times(found.blank_ratio),
        times(found.shuffled_ratio),
        badge("passes" if good else "fails", good=good),
    )
