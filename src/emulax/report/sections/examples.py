"""The held-out flows that a model predicts worst, as usual, and best."""

from __future__ import annotations

import numpy as np

from emulax.report.content import ReportContent
from emulax.report.elements import Html, code, element, join, paragraph
from emulax.report.numbers import number, plural
from emulax.report.ranking import METRIC
from emulax.report.triptych import triptych
from emulax.trust import field_errors


def examples(content: ReportContent) -> Html:
    """Truth, prediction and error of three flows, ranked by error."""
    if content.examples is None:
        return Html()
    flows, predicted = content.examples.flows, content.examples.predicted
    found = field_errors(predicted, flows)[METRIC]
    order = np.argsort(found, kind="stable")
    # By position, so that of fewer than three flows none is shown twice.
    places = {len(order) - 1: "Worst", len(order) // 2: "Median", 0: "Best"}
    parts = [
        paragraph(
            f"Predictions of {content.examples.model}, chosen among {plural(len(flows), 'held-out flow')} by ",
            code(METRIC),
            ". Truth and prediction share the truth's colours; each error has its own.",
        )
    ]
    for place, name in sorted(places.items(), reverse=True):
        index = int(order[place])
        facts = f"Re {number(float(flows.reynolds[index]))} · {METRIC} {number(float(found[index]))}"
        caption = join(element("strong", name), f" · {flows.sample_id[index]} · {facts}")
        parts.append(triptych(predicted[index], flows.take(slice(index, index + 1)), caption))
    return join(*parts)
