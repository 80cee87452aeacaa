"""Turbulence models of two equations, integrated down to the wall."""

from emulax_rans.turbulence.k_omega_sst import KOmegaSST
from emulax_rans.turbulence.launder_sharma import LaunderSharma
from emulax_rans.turbulence.model import Scales, Sources, Turbulence, TurbulenceModel

__all__ = ["KOmegaSST", "LaunderSharma", "Scales", "Sources", "Turbulence", "TurbulenceModel"]
