"""The page: sections with numbers and a way to them, in one file without outside resources."""

from __future__ import annotations

from pathlib import Path

from emulax.core.files import write_text
from emulax.report.content import ReportContent
from emulax.report.elements import Html, element, paragraph
from emulax.report.sections import SECTIONS

_STYLE_SHEET = Path(__file__).with_name("style.css")


def write_report(content: ReportContent, path: Path) -> None:
    """Write the report as one HTML file, atomically.

    Raises:
        RunError: The file could not be written.
    """
    write_text(path, _page(content))


def _page(content: ReportContent) -> str:
    sections = {title: html for title, render in SECTIONS.items() if (html := render(content))}
    links = [element("a", title, href=f"#{_anchor(title)}") for title in sections]
    bodies = [element("section", element("h2", title), html, id=_anchor(title)) for title, html in sections.items()]
    head = (
        Html('<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'),
        element("title", content.title),
        element("style", Html(_STYLE_SHEET.read_text(encoding="utf-8"))),
    )
    header = element("header", element("h1", content.title), paragraph(_subtitle(content)))
    body = (header, element("nav", *links), element("main", *bodies))
    return "<!DOCTYPE html>\n" + element("html", element("head", *head), element("body", *body), lang="en") + "\n"


def _subtitle(content: ReportContent) -> str:
    manifest = content.dataset.manifest
    return f"Dataset {manifest.name} · emulax {manifest.code_version}"


def _anchor(title: str) -> str:
    return title.lower().replace(" ", "-")
