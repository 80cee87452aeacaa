"""Flows with a known answer, as objects that tests and the validation command share."""

from emulax_lbm.problems.ball import ball
from emulax_lbm.problems.box_vortex import box_vortex
from emulax_lbm.problems.cavity import CAVITY_100, CAVITY_1000, CentreLines, cavity, centre_lines
from emulax_lbm.problems.channel_180 import CHANNEL_180, channel, disturbed
from emulax_lbm.problems.channel_statistics import ChannelStatistics, gather_statistics
from emulax_lbm.problems.circular_couette import CircularCouette
from emulax_lbm.problems.couette import couette
from emulax_lbm.problems.duct import disturbed_duct, duct
from emulax_lbm.problems.inclined_poiseuille import inclined_poiseuille
from emulax_lbm.problems.laminar import laminar_cases
from emulax_lbm.problems.poiseuille import poiseuille
from emulax_lbm.problems.schaefer_turek import (
    SCALES_2D1,
    SCHAEFER_TUREK_2D1,
    SCHAEFER_TUREK_2D2,
    SCHAEFER_TUREK_2D3,
    pressure_difference,
    schaefer_turek_2d1,
    schaefer_turek_2d2,
    schaefer_turek_2d3,
)
from emulax_lbm.problems.schaefer_turek_3d import SCHAEFER_TUREK_3D1Z_DRAG, schaefer_turek_3d1z
from emulax_lbm.problems.spectral import SpectralFlow
from emulax_lbm.problems.sphere import SPHERE_100_DRAG, Sphere
from emulax_lbm.problems.symmetry import SQUARE_SYMMETRIES, SquareSymmetry, lopsided_box
from emulax_lbm.problems.taylor_green import TaylorGreen, observed_order
from emulax_lbm.problems.taylor_green_3d import TaylorGreen3D
from emulax_lbm.problems.taylor_green_1600 import (
    TAYLOR_GREEN_1600,
    energy_decay,
    taylor_green_octant,
    taylor_green_start,
)

__all__ = [
    "CAVITY_100",
    "CAVITY_1000",
    "CHANNEL_180",
    "SCALES_2D1",
    "SCHAEFER_TUREK_2D1",
    "SCHAEFER_TUREK_2D2",
    "SCHAEFER_TUREK_2D3",
    "SCHAEFER_TUREK_3D1Z_DRAG",
    "SPHERE_100_DRAG",
    "SQUARE_SYMMETRIES",
    "TAYLOR_GREEN_1600",
    "CentreLines",
    "ChannelStatistics",
    "CircularCouette",
    "SpectralFlow",
    "Sphere",
    "SquareSymmetry",
    "TaylorGreen",
    "TaylorGreen3D",
    "ball",
    "box_vortex",
    "cavity",
    "centre_lines",
    "channel",
    "couette",
    "disturbed",
    "disturbed_duct",
    "duct",
    "energy_decay",
    "gather_statistics",
    "inclined_poiseuille",
    "laminar_cases",
    "lopsided_box",
    "observed_order",
    "poiseuille",
    "pressure_difference",
    "schaefer_turek_2d1",
    "schaefer_turek_2d2",
    "schaefer_turek_2d3",
    "schaefer_turek_3d1z",
    "taylor_green_octant",
    "taylor_green_start",
]
