"""Reynolds-averaged flow in channels and ducts in JAX: fully developed, differentiable, with closures as callables."""

from emulax_rans.case import BulkVelocity, DrivingForce, RansCase
from emulax_rans.closures import across, boussinesq, ramped, split
from emulax_rans.conditioning import local_condition_number
from emulax_rans.errors import CaseError
from emulax_rans.mean_flow import Closure, MeanFlow, ReynoldsStress
from emulax_rans.newton import NewtonOptions
from emulax_rans.section import Section, clustered, duct_quadrant, half_channel
from emulax_rans.solve import Guess, MeanVelocity, RansFlow, Solved, solve, solve_turbulence, solve_velocity
from emulax_rans.turbulence import KOmegaSST, LaunderSharma, TurbulenceModel

__all__ = [
    "BulkVelocity",
    "CaseError",
    "Closure",
    "DrivingForce",
    "Guess",
    "KOmegaSST",
    "LaunderSharma",
    "MeanFlow",
    "MeanVelocity",
    "NewtonOptions",
    "RansCase",
    "RansFlow",
    "ReynoldsStress",
    "Section",
    "Solved",
    "TurbulenceModel",
    "across",
    "boussinesq",
    "clustered",
    "duct_quadrant",
    "half_channel",
    "local_condition_number",
    "ramped",
    "solve",
    "solve_turbulence",
    "solve_velocity",
    "split",
]
