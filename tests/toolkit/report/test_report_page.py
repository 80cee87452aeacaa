import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from emulax.core.errors import RunError
from emulax.report import ReportContent, write_report

ALL = [
    "summary",
    "data-sheet",
    "training",
    "errors",
    "geometry-sensitivity",
    "predictions",
    "verified-shapes",
    "timing",
    "provenance",
]
VOID = {"meta", "img"}


class Page(HTMLParser):
    """Tags, attributes and text of a page; fails on tags that are not closed in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.opened: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._stack: list[str] = []
        self.feed(html)
        assert self._stack == []

    def handle_starttag(self, tag, attrs):
        self.opened.append((tag, dict(attrs)))
        if tag not in VOID:
            self._stack.append(tag)

    def handle_endtag(self, tag):
        assert self._stack.pop() == tag

    def handle_data(self, data):
        if self._stack and self._stack[-1] != "style":
            self.text += data

    def values(self, tag: str, attribute: str) -> list[str]:
        return [found[attribute] or "" for name, found in self.opened if name == tag and attribute in found]


@pytest.fixture(scope="module")
def html(make_content, tmp_path_factory) -> str:
    path = tmp_path_factory.mktemp("report") / "report.html"
    hostile = {"<script>alert(1)</script>": {'"quoted" & <b>': "</code><img src=http://evil>"}}
    write_report(make_content(title="Flows <&> shapes", provenance=hostile), path)
    return path.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page(html) -> Page:
    return Page(html)


def test_full_content_gives_every_section_in_order(page):
    assert page.values("section", "id") == ALL


def test_navigation_leads_to_the_sections(page):
    assert page.values("a", "href") == [f"#{name}" for name in ALL]


def test_pictures_are_embedded(page):
    sources = page.values("img", "src")
    assert sources
    assert all(re.match(r"data:image/(png|svg\+xml);base64,", source) for source in sources)


def test_nothing_refers_outside_the_page(page, html):
    assert not {"script", "link", "iframe", "object"} & {tag for tag, _ in page.opened}
    style = html[html.index("<style>") : html.index("</style>")]
    assert "url(" not in style
    assert "@import" not in style


def test_every_picture_says_what_it_shows(page):
    assert all(page.values("img", "alt"))
    assert len(page.values("img", "alt")) == len(page.values("img", "src"))


def test_names_are_escaped(page):
    assert "<script>alert(1)</script>" in page.text
    assert '"quoted" & <b>' in page.text
    assert "</code><img src=http://evil>" in page.text


def test_title_is_shown_and_in_the_head(page):
    assert page.text.count("Flows <&> shapes") == 2


def test_page_is_smaller_than_six_megabytes(html):
    assert len(html.encode()) < 6e6


def test_content_without_optional_parts_leaves_their_sections_out(make_content, tmp_path, monkeypatch):
    monkeypatch.setattr("emulax.report.elements.png_bytes", lambda figure: b"picture")
    monkeypatch.setattr("emulax.report.elements.svg_bytes", lambda figure: b"picture")
    content = make_content()
    write_report(ReportContent("Data alone", content.dataset), tmp_path / "report.html")
    page = Page((tmp_path / "report.html").read_text(encoding="utf-8"))
    assert page.values("section", "id") == ["summary", "data-sheet", "provenance"]


def test_path_that_cannot_be_written_is_a_run_error_and_leaves_nothing(make_content, tmp_path, monkeypatch):
    monkeypatch.setattr("emulax.report.page.SECTIONS", {})
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="cannot be written"):
        write_report(make_content(), tmp_path / "file" / "report.html")
    assert [path.name for path in Path(tmp_path).iterdir()] == ["file"]
