"""Flows with a known answer, as objects that tests and the validation command share."""

from emulax_lbm.problems.ball import ball
from emulax_lbm.problems.box_vortex import box_vortex
from emulax_lbm.problems.cavity import CAVITY_100, CAVITY_1000, CentreLines, cavity, centre_lines
from emulax_lbm.problems.circular_couette import CircularCouette
from emulax_lbm.problems.couette import couette
from emulax_lbm.problems.inclined_poiseuille import inclined_poiseuille
from emulax_lbm.problems.laminar import laminar_cases
from emulax_lbm.problems.poiseuille import poiseuille
from emulax_lbm.problems.schaefer_turek import SCHAEFER_TUREK_2D1, schaefer_turek_2d1
from emulax_lbm.problems.spectral import SpectralFlow
from emulax_lbm.problems.symmetry import SQUARE_SYMMETRIES, SquareSymmetry, lopsided_box
from emulax_lbm.problems.taylor_green import TaylorGreen, observed_order
from emulax_lbm.problems.taylor_green_3d import TaylorGreen3D

__all__ = [
    "CAVITY_100",
    "CAVITY_1000",
    "SCHAEFER_TUREK_2D1",
    "SQUARE_SYMMETRIES",
    "CentreLines",
    "CircularCouette",
    "SpectralFlow",
    "SquareSymmetry",
    "TaylorGreen",
    "TaylorGreen3D",
    "ball",
    "box_vortex",
    "cavity",
    "centre_lines",
    "couette",
    "inclined_poiseuille",
    "laminar_cases",
    "lopsided_box",
    "observed_order",
    "poiseuille",
    "schaefer_turek_2d1",
]
