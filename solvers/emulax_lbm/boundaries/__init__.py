"""Boundary conditions: the edges of the box, and walls inside it."""

from emulax_lbm.boundaries.edges import (
    ConvectiveOutlet,
    Edges,
    FreeSlip,
    Incoming,
    Periodic,
    PressureOutlet,
    VelocityInlet,
    Wall,
    fill_ghosts,
)
from emulax_lbm.boundaries.inflow import parabolic, power_law, uniform
from emulax_lbm.boundaries.inflow_history import Inflow, InflowHistory, knots_needed, knots_of
from emulax_lbm.boundaries.links import WallExchange, WallLinks, find_links, reflect
from emulax_lbm.boundaries.sponge import Sponge

__all__ = [
    "ConvectiveOutlet",
    "Edges",
    "FreeSlip",
    "Incoming",
    "Inflow",
    "InflowHistory",
    "Periodic",
    "PressureOutlet",
    "Sponge",
    "VelocityInlet",
    "Wall",
    "WallExchange",
    "WallLinks",
    "fill_ghosts",
    "find_links",
    "knots_needed",
    "knots_of",
    "parabolic",
    "power_law",
    "reflect",
    "uniform",
]
