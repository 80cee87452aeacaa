"""HTML from Python values: text is escaped where it enters, and nothing refers to anything outside the page."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from html import escape

from matplotlib.figure import Figure

from emulax.report.figures.canvas import PIXELS_PER_INCH, png_bytes, svg_bytes


class Html(str):
    """Text that is HTML already; any other string is escaped on its way into a page.

    Formatting or adding gives a plain string again, so a slip shows as visible markup, never as an injection.
    """

    __slots__ = ()


def join(*parts: str) -> Html:
    """The parts one after the other, those that are not `Html` escaped."""
    return Html("".join(part if isinstance(part, Html) else escape(part) for part in parts))


def element(tag: str, *children: str, **attributes: str) -> Html:
    """`<tag attributes>children</tag>`; write `class_` for the attribute `class`; empty attributes are left out."""
    settings = "".join(f' {name.rstrip("_")}="{escape(value)}"' for name, value in attributes.items() if value)
    return Html(f"<{tag}{settings}>{join(*children)}</{tag}>")


def paragraph(*children: str) -> Html:
    """`<p>`."""
    return element("p", *children)


def code(text: str) -> Html:
    """Text in the fixed-width font."""
    return element("code", text)


def badge(text: str, *, good: bool | None = None) -> Html:
    """A short verdict, coloured when it is `good` or bad."""
    return element("span", text, class_={True: "badge good", False: "badge bad", None: "badge"}[good])


def table(
    header: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    align: str,
    caption: str = "",
    groups: Sequence[tuple[str, int]] = (),
) -> Html:
    """A numbered table, or a plain one without caption, that scrolls on its own where the page is narrow.

    Args:
        header: Names of the columns; none for a list of facts.
        rows: Cells; the first of each row is its header.
        align: `l` (text) or `r` (numbers) for each column.
        caption: What the table shows.
        groups: A line above the header: names and the number of columns that each spans.
    """

    def cells(tag: str, row: Sequence[str], **attributes: str) -> list[Html]:
        return [
            element(tag, cell, class_=side, **attributes)
            for cell, side in zip(row, align[len(align) - len(row) :], strict=True)
        ]

    lines = []
    if groups:
        spans = [element("th", name, colspan=str(span), class_="group" if name else "") for name, span in groups]
        lines.append(element("tr", *spans))
    if header:
        lines.append(element("tr", *cells("th", header, scope="col")))
    head = [element("thead", *lines)] if lines else []
    body = [element("tr", element("th", row[0], class_=align[0], scope="row"), *cells("td", row[1:])) for row in rows]
    # The caption stays outside of the part that scrolls, which a `caption` element could not.
    above = [element("figcaption", caption)] if caption else []
    inner = element("div", element("table", *head, element("tbody", *body)), class_="scroll")
    return element("figure", *above, inner, class_="table")


def picture(figure: Figure, alt: str, *, vector: bool = False) -> Html:
    """An embedded picture, of paths if `vector`, else of pixels at twice the size it is shown at."""
    kind, data = ("svg+xml", svg_bytes(figure)) if vector else ("png", png_bytes(figure))
    width, height = (round(inches * PIXELS_PER_INCH) for inches in figure.get_size_inches())
    source = f"data:image/{kind};base64,{base64.b64encode(data).decode()}"
    # Without a closing tag, unlike what `element` makes.
    return Html(f'<img src="{source}" alt="{escape(alt)}" width="{width}" height="{height}">')


def captioned(content: str, caption: str, *, layout: str = "", beside: bool = False) -> Html:
    """A numbered figure.

    Args:
        content: One or more pictures.
        caption: Its caption.
        layout: Class of the style sheet that arranges the pictures.
        beside: Put the caption beside the content where there is room.
    """
    parts = element("div", content, class_=layout), element("figcaption", caption)
    return element("figure", *parts, class_="beside" if beside else "")


def tile(content: str, caption: str) -> Html:
    """One of several pictures of a figure, with its own short caption."""
    return element("div", content, element("p", caption, class_="tile"))


def fold(title: str, content: str) -> Html:
    """Detail that is closed until asked for."""
    return element("details", element("summary", title), content)
