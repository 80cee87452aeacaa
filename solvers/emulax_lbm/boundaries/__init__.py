"""Boundary conditions: the edges of the box, and walls inside it."""

from emulax_lbm.boundaries.bouzidi import Walls
from emulax_lbm.boundaries.distances import LinkEnds, link_ends, with_distances
from emulax_lbm.boundaries.edges import (
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
from emulax_lbm.boundaries.links import WallLinks, find_links, push, reflect
from emulax_lbm.boundaries.wall_velocity import rotation

__all__ = [
    "Edges",
    "FreeSlip",
    "Incoming",
    "LinkEnds",
    "Periodic",
    "PressureOutlet",
    "VelocityInlet",
    "Wall",
    "WallExchange",
    "WallLinks",
    "Walls",
    "fill_ghosts",
    "find_links",
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
