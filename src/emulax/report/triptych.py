"""Three pictures side by side, or below each other where the page is narrow."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32

from emulax.data import FlowData
from emulax.report.elements import Html, captioned, join, picture
from emulax.report.figures import comparison_pictures


def triptych(predicted: Float32[np.ndarray, "y x 3"], truth: FlowData, caption: str) -> Html:
    """Truth, prediction and error of the one flow in `truth`."""
    figures = comparison_pictures(predicted, truth.fields[0], sdf=truth.sdf[0], cells_per_length=truth.cells_per_length)
    subject = f"Streamwise velocity of {truth.sample_id[0]}"
    pictures = [picture(figure, f"{subject}: {title}") for title, figure in figures.items()]
    return captioned(join(*pictures), caption, layout="triptych")
