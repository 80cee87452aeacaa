"""Equations for the documentation: fences marked `math` become pictures when the site is built.

A code host shows such fences as equations by itself. The site would need a script from elsewhere; matplotlib, which is
installed anyway, draws the same notation as SVG in the colour of the text.
"""

from __future__ import annotations

import io
import re
from html import escape
from typing import Any

import matplotlib
from matplotlib.figure import Figure

_FENCE = re.compile(r"^```math\n(.*?)\n```$", re.DOTALL | re.MULTILINE)
_STYLE = {"mathtext.fontset": "stix", "font.size": 12, "svg.hashsalt": "emulax"}
_COLOUR = "#123456"  # stands for the colour of the text while the picture is drawn
_NO_METADATA = dict.fromkeys(("Creator", "Date", "Format", "Type"))


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Replace the equations of a page; each line of a fence is one."""
    return _FENCE.sub(lambda fence: "\n".join(map(_picture, fence[1].splitlines())), markdown)


@matplotlib.rc_context(_STYLE)
def _picture(equation: str) -> str:
    figure, stream = Figure(figsize=(0.1, 0.1)), io.StringIO()
    figure.text(0.0, 0.0, f"${equation}$", color=_COLOUR)
    figure.savefig(stream, format="svg", bbox_inches="tight", pad_inches=0.02, transparent=True, metadata=_NO_METADATA)
    svg = stream.getvalue().partition("<svg")[2].replace(_COLOUR, "currentColor").replace("\n", " ")
    return f'\n<p><svg role="img" aria-label="{escape(equation)}"{svg}</p>\n'
