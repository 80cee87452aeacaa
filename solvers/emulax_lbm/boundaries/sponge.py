"""A layer in front of the outlet that takes the strength out of what is about to leave."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from emulax_lbm.checks import require_positive
from emulax_lbm.errors import CaseError


@dataclass(frozen=True)
class Sponge:
    """Viscosity that rises smoothly towards the outlet, so that vortices and sound fade before they reach it.

        nu(x) = nu [1 + strength sin^2(pi s / 2)],        s = 0 where the layer begins, 1 at the outlet

    The flow inside the layer is not that of the case.

    Args:
        width: Thickness of the layer in units of D, best more than the size of what is to fade.
        strength: How many times the viscosity of the flow is added at the outlet; best so that the relaxation time
            there is one to two.

    Raises:
        CaseError: A width or a strength that is not a positive number.
    """

    width: float
    strength: float

    def __post_init__(self) -> None:
        for name in ("width", "strength"):
            require_positive(f"sponge.{name}", getattr(self, name))

    def viscosity_factor(self, cells: int, cells_per_length: float) -> Float[np.ndarray, " x"]:
        """Viscosity in units of the flow's at the cell centres of a box with so many cells along the stream."""
        distance = (cells - 0.5 - np.arange(cells)) / cells_per_length
        s = np.clip(1.0 - distance / self.width, 0.0, 1.0)
        return 1.0 + self.strength * np.sin(0.5 * np.pi * s) ** 2

    def check(
        self, sdf: Float[np.ndarray, "*space"], cells_per_length: float, relaxation_time: float, longest: float
    ) -> None:
        """Check the layer against the box it is to stand in.

        Args:
            sdf: Signed distance at the cell centres.
            cells_per_length: Cells in D.
            relaxation_time: That of the flow.
            longest: The longest that is allowed, at the outlet.

        Raises:
            CaseError: A layer thinner than two cells or as long as the box, one that a body stands in, or too much
                viscosity.
        """
        cells = sdf.shape[-1]
        length = cells / cells_per_length
        if not 2.0 / cells_per_length <= self.width < length:
            raise CaseError(
                "sponge", f"is {self.width:g} D wide, must be at least two cells and less than the box of {length:g} D"
            )
        factor = self.viscosity_factor(cells, cells_per_length)
        if np.any(sdf[..., factor > 1.0] <= 0.0):
            raise CaseError("sponge", f"of {self.width:g} D overlaps a body: use a thinner one or a longer box")
        found = 0.5 + (relaxation_time - 0.5) * float(factor[-1])
        if found > longest:
            most = (longest - 0.5) / (relaxation_time - 0.5) - 1.0
            raise CaseError(
                "sponge",
                f"of strength {self.strength:g} gives the relaxation time {found:.4g} at the outlet, above {longest:g}:"
                f" use at most {most:.3g}",
            )
