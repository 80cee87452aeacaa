"""Three pictures side by side, or below each other where the page is narrow."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32

from emulax.data import FlowData
from emulax.report.elements import Html, captioned, join, picture
from emulax.report.figures import comparison_pictures
from emulax.report.plane import middle_plane


def triptych(predicted: Float32[np.ndarray, "*space channel"], truth: FlowData, caption: str) -> Html:
    """Truth, prediction and error of the one flow in `truth`; of a flow in space, in the middle plane."""
    u, u_true, sdf = (
        middle_plane(one[None])[0] for one in (predicted[..., 0], truth.velocity[0, ..., 0], truth.sdf[0])
    )
    figures = comparison_pictures(u, u_true, sdf=sdf, cells_per_length=truth.cells_per_length)
    subject = f"Streamwise velocity of {truth.sample_id[0]}"
    pictures = [picture(figure, f"{subject}: {title}") for title, figure in figures.items()]
    return captioned(join(*pictures), caption, layout="triptych")
