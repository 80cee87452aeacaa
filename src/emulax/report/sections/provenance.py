"""What it takes to repeat the results."""

from __future__ import annotations

from emulax.report.content import ReportContent
from emulax.report.elements import Html
from emulax.report.settings import settings_table


def provenance(content: ReportContent) -> Html:
    """Everything the run recorded, and the environment of the data."""
    manifest = content.dataset.manifest
    data = {
        "dataset": {"name": manifest.name, "code": manifest.code_version, "recipe hash": manifest.recipe_hash},
        "dataset environment": manifest.environment,
    }
    return settings_table(dict(content.provenance) | data)
