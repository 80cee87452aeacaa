"""Boundary conditions: the edges of the box, and walls inside it."""

from emulax_lbm.boundaries.bouzidi import Walls
from emulax_lbm.boundaries.distances import LinkEnds, link_ends, with_distances
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
from emulax_lbm.boundaries.exchange import WallExchange, no_exchange
from emulax_lbm.boundaries.inflow import parabolic, power_law, uniform
from emulax_lbm.boundaries.inflow_history import Inflow, InflowHistory, knots_needed, knots_of
from emulax_lbm.boundaries.links import WallLinks, find_links, push, reflect
from emulax_lbm.boundaries.sponge import Sponge
from emulax_lbm.boundaries.wall_velocity import rotation

__all__ = [
    "ConvectiveOutlet",
    "Edges",
    "FreeSlip",
    "Incoming",
    "Inflow",
    "InflowHistory",
    "LinkEnds",
    "Periodic",
    "PressureOutlet",
    "Sponge",
    "VelocityInlet",
    "Wall",
    "WallExchange",
    "WallLinks",
    "Walls",
    "fill_ghosts",
    "find_links",
    "knots_needed",
    "knots_of",
    "link_ends",
    "no_exchange",
    "parabolic",
    "power_law",
    "push",
    "reflect",
    "rotation",
    "uniform",
    "with_distances",
]
