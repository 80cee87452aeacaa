"""The head of the page: the figures to remember, and who won."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from emulax.report.content import ReportContent
from emulax.report.elements import Html, badge, code, element, join, paragraph
from emulax.report.numbers import integer, number, plural, times
from emulax.report.ranking import (
    METRIC,
    SENSITIVITY_LIMIT,
    beats,
    best_model,
    best_null,
    flows_won,
    looks_at_geometry,
    ratio,
)
from emulax.trust import field_errors


def summary(content: ReportContent) -> Html:
    """Cards with the key figures, then the same in sentences."""
    sentences = (_data(content), *_verdicts(content), *_sensitivities(content), *_verified(content))
    return join(
        element("div", *_cards(content), class_="cards"),
        *map(paragraph, content.summary),
        element("ul", *(element("li", sentence) for sentence in sentences)),
    )


def _cards(content: ReportContent) -> Iterator[Html]:
    model, null = best_model(content), best_null(content)
    if model:
        yield _card(number(model.means[METRIC]), f"mean {METRIC} of {model.name}, the best model")
    if null:
        yield _card(number(null.means[METRIC]), f"mean {METRIC} of {null.name}, the best null model")
    if model and null:
        won = beats(model, null)
        verdict = badge("beats the best null" if won else "loses to the best null", good=won)
        yield _card(times(ratio(model, null)), "error of best model over best null", verdict)
    if model and model.name in content.sensitivities:
        found = content.sensitivities[model.name]
        looks = looks_at_geometry(found)
        verdict = badge(f"{'passes' if looks else 'fails'}, {SENSITIVITY_LIMIT:g}× asked", good=looks)
        least = min(found.blank_ratio, found.shuffled_ratio)
        yield _card(times(least), f"rise of {model.name}'s error without the true geometry", verdict)
    if content.verified:
        speed_up = np.median([shape.speed_up for shape in content.verified])
        yield _card(times(float(speed_up)), "speed-up over the solver, one flow at a time")
    accepted = [sample.accepted for sample in content.dataset.manifest.samples()]
    yield _card(f"{integer(sum(accepted))} / {integer(len(accepted))}", "solved flows that passed their certificate")


def _card(value: str, label: str, *more: str) -> Html:
    return element("div", element("strong", value), element("span", label), *more, class_="card")


def _data(content: ReportContent) -> str:
    flows = content.dataset.flows
    low, high = (number(float(value)) for value in (flows.reynolds.min(), flows.reynolds.max()))
    grid = " × ".join(str(cells) for cells in reversed(flows.sdf.shape[1:]))
    return f"Data: {plural(len(flows), 'steady flow')} on {grid} cells, Reynolds numbers {low} to {high}."


def _verdicts(content: ReportContent) -> Iterator[Html]:
    null = best_null(content)
    if not null:
        return
    for score in content.scores:
        if score.name in content.nulls:
            continue
        won, flows = flows_won(score, null), len(score.errors[METRIC])
        yield join(
            element("strong", f"{score.name} {'beats' if beats(score, null) else 'loses to'} {null.name}"),
            ", the best null model: mean ",
            code(METRIC),
            f" {number(score.means[METRIC])} against {number(null.means[METRIC])} ({times(ratio(score, null))}),"
            f" closer on {integer(won)} of {plural(flows, 'held-out flow')}.",
        )


def _sensitivities(content: ReportContent) -> Iterator[str]:
    for name, found in content.sensitivities.items():
        verb = "looks" if looks_at_geometry(found) else "hardly looks"
        yield (
            f"{name} {verb} at the geometry: its error rises {times(found.blank_ratio)} without a shape and"
            f" {times(found.shuffled_ratio)} with the shape of another flow (at least {SENSITIVITY_LIMIT:g}× is asked)."
        )


def _verified(content: ReportContent) -> Iterator[Html]:
    for shape in content.verified:
        error = float(field_errors(shape.predicted[None], shape.truth)[METRIC][0])
        yield join(
            f"{shape.name}, a shape outside the training family, at Re {number(float(shape.truth.reynolds[0]))}: ",
            code(METRIC),
            f" {number(error)} of {shape.model} against the solver, a speed-up of {times(shape.speed_up)}.",
        )
