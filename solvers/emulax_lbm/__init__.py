"""Lattice-Boltzmann flow solver in JAX: incompressible flow past bodies given as signed distance fields."""

from emulax_lbm.boundaries import (
    ConvectiveOutlet,
    Edges,
    FreeSlip,
    InflowHistory,
    Periodic,
    PressureOutlet,
    Sponge,
    VelocityInlet,
    Wall,
    parabolic,
    power_law,
    rotation,
    uniform,
)
from emulax_lbm.case import PAST_A_BODY, PERIODIC, FlowCase, open_box, past_a_body
from emulax_lbm.certificate import Certificate
from emulax_lbm.collision import BGK, TRT, Collision, Cumulant, Regularised, Smagorinsky, collision_named
from emulax_lbm.engines import engine_identity
from emulax_lbm.errors import CaseError
from emulax_lbm.gradients import FlowInputs, FlowOutputs, differentiable, inputs_of
from emulax_lbm.lattices import D2Q9, D3Q19, D3Q27, Lattice
from emulax_lbm.run import Run
from emulax_lbm.setup import common_setup
from emulax_lbm.simulate import Flow, simulate
from emulax_lbm.steady import SteadyOptions, coarse_start, simulate_steady
from emulax_lbm.units import PhysicalScales

__all__ = [
    "BGK",
    "D2Q9",
    "D3Q19",
    "D3Q27",
    "PAST_A_BODY",
    "PERIODIC",
    "TRT",
    "CaseError",
    "Certificate",
    "Collision",
    "ConvectiveOutlet",
    "Cumulant",
    "Edges",
    "Flow",
    "FlowCase",
    "FlowInputs",
    "FlowOutputs",
    "FreeSlip",
    "InflowHistory",
    "Lattice",
    "Periodic",
    "PhysicalScales",
    "PressureOutlet",
    "Regularised",
    "Run",
    "Smagorinsky",
    "Sponge",
    "SteadyOptions",
    "VelocityInlet",
    "Wall",
    "coarse_start",
    "collision_named",
    "common_setup",
    "differentiable",
    "engine_identity",
    "inputs_of",
    "open_box",
    "parabolic",
    "past_a_body",
    "power_law",
    "rotation",
    "simulate",
    "simulate_steady",
    "uniform",
]
