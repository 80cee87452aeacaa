"""Shapes from outside the training family: prediction against the solver."""

from __future__ import annotations

from emulax.report.content import ReportContent, VerifiedShape
from emulax.report.elements import Html, badge, code, element, join, table
from emulax.report.numbers import duration, number, times
from emulax.report.triptych import triptych
from emulax.trust import field_errors

_METRICS = ("rel_l2", "pointwise", "wall_band")


def verified(content: ReportContent) -> Html:
    """A table of all shapes, then pictures of each."""
    if not content.verified:
        return Html()
    hardware = ", ".join(dict.fromkeys(shape.hardware for shape in content.verified))
    rest = ("drag", "lift", "solver", "prediction", "speed-up", "certificate")
    header = ("shape", "Re", join("Re", element("sub", "h")), *map(code, _METRICS), *rest)
    errors = table(
        header,
        [_row(shape) for shape in content.verified],
        align="l" + "r" * (len(header) - 2) + "l",
        caption="Shapes that no recipe of the training data makes. Drag and lift coefficients are the solver's; solver"
        f" and prediction, one flow each, ran on {hardware}; compilation is not counted in the prediction.",
    )
    return join(errors, *(_pictures(shape) for shape in content.verified))


def _row(shape: VerifiedShape) -> tuple[str, ...]:
    truth = shape.truth
    errors = field_errors(shape.predicted[None], truth)
    accepted = bool(truth.certificate.accepted[0])
    return (
        shape.name,
        number(float(truth.reynolds[0])),
        number(float(truth.reynolds_height[0])),
        *(number(float(errors[metric][0])) for metric in _METRICS),
        number(float(truth.drag_coefficient[0])),
        number(float(truth.lift_coefficient[0])),
        duration(shape.solver_seconds),
        duration(shape.predict_seconds),
        times(shape.speed_up),
        badge("accepted" if accepted else str(truth.certificate.reason[0]), good=accepted),
    )


def _pictures(shape: VerifiedShape) -> Html:
    reynolds = number(float(shape.truth.reynolds[0]))
    caption = join(element("strong", shape.name), f" at Re {reynolds}, predicted by {shape.model}.")
    return triptych(shape.predicted, shape.truth, caption)
