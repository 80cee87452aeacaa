"""The error table: models and null models by the same metrics on the same flows."""

from __future__ import annotations

import numpy as np

from emulax.report.content import ReportContent
from emulax.report.elements import Html, badge, captioned, code, element, join, picture, table
from emulax.report.figures import error_distribution
from emulax.report.numbers import integer, number, plural, times
from emulax.report.ranking import METRIC, beats, best_null, flows_won, ratio
from emulax.trust import Score

_NEIGHBOUR = "nearest neighbour"

_DEFINITIONS = {
    "rel_l2": "‖uₚ − u‖ / ‖u‖ over both velocity components and all fluid cells of a flow.",
    "pointwise": "Mean over fluid cells of |uₚ − u| / max(|u|, 0.01 U), after Guo, Li & Iorio (2016).",
    "perturbation": "‖uₚ − u‖ / ‖u − U‖: error relative to what the body does to the free stream.",
    "wall_band": "rel_l2 over the fluid cells within 3 cells of the wall.",
    "pressure": "‖pₚ − p‖ / ‖p‖ over all fluid cells, p above the reference pressure.",
}


def errors(content: ReportContent) -> Html:
    """Table, definitions of the metrics, distribution of the error."""
    if not content.scores:
        return Html()
    return join(
        _table(content),
        element("dl", *(_definition(metric) for metric in content.scores[0].errors if metric in _DEFINITIONS)),
        captioned(
            picture(
                error_distribution(content.scores, METRIC, nulls=content.nulls),
                f"Cumulative distribution of {METRIC} by predictor",
                vector=True,
            ),
            f"Distribution of {METRIC} over the held-out flows: the share of flows on which a predictor is at least"
            " as good as the error on the axis. Further left is better; null models are dashed.",
            beside=True,
        ),
    )


def _table(content: ReportContent) -> Html:
    metrics = list(content.scores[0].errors)
    null = best_null(content)
    neighbour = next((score for score in content.scores if score.name == _NEIGHBOUR), None)
    header = ["predictor", *map(code, metrics), "median", "95 %"]
    groups = [
        ("", 1),
        (f"mean over {plural(len(content.scores[0].errors[METRIC]), 'flow')}", len(metrics)),
        (METRIC, 2),
    ]
    if null:
        header += ["ratio", "closer on"]
        groups.append(("against best null", 2))
    if neighbour:
        header.append("ratio")
        groups.append((f"against {_NEIGHBOUR}", 1))
    return table(
        header,
        [_row(score, content, null, neighbour) for score in content.scores],
        align="l" + "r" * (len(header) - 1),
        caption=f"Errors on the held-out flows. The least of each mean is bold; ratios are of the mean {METRIC}.",
        groups=groups,
    )


def _row(score: Score, content: ReportContent, null: Score | None, neighbour: Score | None) -> list[str]:
    is_null = score.name in content.nulls
    name = join(score.name, " ", badge("best null" if score is null else "null")) if is_null else score.name
    values = score.errors[METRIC].astype(np.float64)
    marks = [number(float(mark)) for mark in np.quantile(values, (0.5, 0.95))]
    cells = [name, *(_mean(score, metric, content) for metric in score.errors), *marks]
    if null:
        won = "–" if score is null else f"{integer(flows_won(score, null))} of {integer(len(values))}"
        cells += [_ratio(score, null, judged=not is_null), won]
    if neighbour:
        cells.append(_ratio(score, neighbour, judged=not is_null))
    return cells


def _mean(score: Score, metric: str, content: ReportContent) -> str:
    text = number(score.means[metric])
    least = min(other.means[metric] for other in content.scores)
    return element("strong", text) if score.means[metric] == least else text


def _ratio(score: Score, reference: Score, *, judged: bool) -> str:
    if score is reference:
        return "–"
    value = times(ratio(score, reference))
    return badge(value, good=beats(score, reference)) if judged else value


def _definition(metric: str) -> Html:
    return join(element("dt", code(metric)), element("dd", _DEFINITIONS[metric]))
