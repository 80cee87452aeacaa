"""How the models were trained."""

from __future__ import annotations

import numpy as np

from emulax.report.content import ModelSheet, ReportContent
from emulax.report.elements import Html, captioned, fold, join, picture, table
from emulax.report.figures import learning_curve
from emulax.report.numbers import duration, integer, number
from emulax.report.settings import settings_table


def training(content: ReportContent) -> Html:
    """A table of the models, their learning curves and their configurations."""
    if not content.models:
        return Html()
    curves = [
        picture(learning_curve(model.name, model.history), f"Learning curve of {model.name}", vector=True)
        for model in content.models
    ]
    return join(
        table(
            ("model", "parameters", "epochs", "time", "time per epoch", "best epoch", "best validation loss"),
            [_row(model) for model in content.models],
            align="lrrrrrr",
            caption="Trained models. The weights of the best validation loss are the ones that are used.",
        ),
        captioned(
            join(*curves),
            "Loss over the epochs, on a logarithmic axis; the dot marks the weights that are used.",
            layout="pair",
        ),
        *(fold(f"Configuration of {model.name}", settings_table(model.config)) for model in content.models),
    )


def _row(model: ModelSheet) -> tuple[str, ...]:
    losses = model.history["validation_loss"]
    best = int(np.nanargmin(losses)) if np.isfinite(losses).any() else None
    return (
        model.name,
        integer(model.parameters),
        integer(model.epochs),
        duration(model.seconds),
        duration(model.seconds / model.epochs),
        "–" if best is None else integer(float(model.history["epoch"][best])),
        "–" if best is None else number(float(losses[best])),
    )
