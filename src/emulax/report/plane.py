"""What a picture can show of a flow in space."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float


def middle_plane(values: Float[np.ndarray, " sample *space"]) -> Float[np.ndarray, "sample y x"]:
    """The plane in the middle of z of each sample; samples in the plane as they are."""
    return values if values.ndim == 3 else values[:, values.shape[1] // 2]
