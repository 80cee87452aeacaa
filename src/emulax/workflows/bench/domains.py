"""What the solver is timed on."""

from __future__ import annotations

from dataclasses import dataclass

from emulax_lbm import D2Q9, D3Q19, FlowCase, Lattice, past_a_body
from emulax_lbm.problems import ball


@dataclass(frozen=True)
class Domain:
    """A box with a body in it, uniform inflow and free-slip sides.

    Args:
        name: Part of the rows' ids.
        shape: Cells `([z,] y, x)`.
        cells_per_length: Cells in the body's diameter.
        lattice: Velocity set.
    """

    name: str
    shape: tuple[int, ...]
    cells_per_length: int
    lattice: Lattice = D2Q9

    def case(self, *, reynolds: float = 20.0) -> FlowCase:
        """Past a ball (a cylinder in two dimensions) with interpolated walls, single precision."""
        *across, along = self.shape
        centre = [(n + 0.3) / self.cells_per_length for n in (0.3 * along, *(0.5 * n for n in reversed(across)))]
        edges = past_a_body(len(self.shape))
        sdf = ball(self.shape, centre, self.cells_per_length)
        return FlowCase(sdf, reynolds, self.cells_per_length, edges=edges, lattice=self.lattice)

    @property
    def steps(self) -> int:
        """Steps timed at once: those of the time D / U, after which the solver looks whether a flow is steady."""
        return self.case().steps_per_time

    @property
    def extent(self) -> str:
        """The shape as x by y [by z]."""
        return "x".join(map(str, reversed(self.shape)))


DOMAINS = (
    Domain("d2q9_256", (128, 256), 24),
    Domain("d2q9_512", (512, 512), 32),
    Domain("d2q9_2048x1024", (1024, 2048), 64),
    Domain("d3q19_128", (128, 128, 128), 24, D3Q19),
)
AGAINST_XLB = Domain("d2q9_1024", (1024, 1024), 32)
