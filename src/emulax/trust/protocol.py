"""What a trained model, a null model and a solver have in common once they predict flows."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from jaxtyping import Float32

from emulax.data import FlowInputs

Predictor = Callable[[FlowInputs], Float32[np.ndarray, "sample *space channel"]]
"""From inputs to the channels u, v[, w] (units of U) and p (units of rho U^2), one flow per sample."""
