"""Boundary conditions: the edges of the box, and walls inside it."""

from emulax_lbm.boundaries.edges import Edges, FreeSlip, Periodic, PressureOutlet, VelocityInlet, Wall
from emulax_lbm.boundaries.links import WallLinks, find_links, reflect

__all__ = [
    "Edges",
    "FreeSlip",
    "Periodic",
    "PressureOutlet",
    "VelocityInlet",
    "Wall",
    "WallLinks",
    "find_links",
    "reflect",
]
