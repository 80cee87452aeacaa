"""Lattice-Boltzmann flow solver in JAX: incompressible flow past bodies given as signed distance fields."""

from emulax_lbm.boundaries import Edges, FreeSlip, Periodic, PressureOutlet, VelocityInlet, Wall
from emulax_lbm.case import PAST_A_BODY, PERIODIC, FlowCase, open_box
from emulax_lbm.certificate import Certificate
from emulax_lbm.errors import CaseError
from emulax_lbm.simulate import Flow, simulate
from emulax_lbm.steady import SteadyOptions, simulate_steady

__all__ = [
    "PAST_A_BODY",
    "PERIODIC",
    "CaseError",
    "Certificate",
    "Edges",
    "Flow",
    "FlowCase",
    "FreeSlip",
    "Periodic",
    "PressureOutlet",
    "SteadyOptions",
    "VelocityInlet",
    "Wall",
    "open_box",
    "simulate",
    "simulate_steady",
]
