"""Flows with a known answer, as objects that tests and the validation command share."""

from emulax_lbm.problems.box_vortex import box_vortex
from emulax_lbm.problems.poiseuille import poiseuille
from emulax_lbm.problems.schaefer_turek import SCHAEFER_TUREK_2D1, schaefer_turek_2d1
from emulax_lbm.problems.taylor_green import TaylorGreen, observed_order

__all__ = [
    "SCHAEFER_TUREK_2D1",
    "TaylorGreen",
    "box_vortex",
    "observed_order",
    "poiseuille",
    "schaefer_turek_2d1",
]
