"""Who won: the comparisons of models with null models that several sections state."""

from __future__ import annotations

from emulax.report.content import ReportContent
from emulax.trust import Score, Sensitivity

METRIC = "rel_l2"
"""The metric that ranks predictors."""
SENSITIVITY_LIMIT = 3.0
"""A model looks at the shape if its error rises at least this much without it."""


def best_model(content: ReportContent) -> Score | None:
    """The trained model of least mean error."""
    return _best([score for score in content.scores if score.name not in content.nulls])


def best_null(content: ReportContent) -> Score | None:
    """The null model of least mean error: the one to beat."""
    return _best([score for score in content.scores if score.name in content.nulls])


def ratio(score: Score, reference: Score) -> float:
    """Mean error over that of `reference`."""
    return score.means[METRIC] / reference.means[METRIC]


def beats(score: Score, reference: Score) -> bool:
    """Whether the mean error is less than that of `reference`."""
    return score.means[METRIC] < reference.means[METRIC]


def flows_won(score: Score, reference: Score) -> int:
    """Number of flows on which `score` has the smaller error."""
    return int((score.errors[METRIC] < reference.errors[METRIC]).sum())


def looks_at_geometry(found: Sensitivity) -> bool:
    """Whether the error rises enough both without a shape and with a wrong one."""
    return min(found.blank_ratio, found.shuffled_ratio) >= SENSITIVITY_LIMIT


def _best(scores: list[Score]) -> Score | None:
    return min(scores, key=lambda score: score.means[METRIC], default=None)
