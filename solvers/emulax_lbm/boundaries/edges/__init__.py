"""The edges of the box, a file each, and the box they make."""

from emulax_lbm.boundaries.edges.convective_outlet import ConvectiveOutlet
from emulax_lbm.boundaries.edges.edge import Edge, Incoming
from emulax_lbm.boundaries.edges.edges import Edges, fill_ghosts
from emulax_lbm.boundaries.edges.free_slip import FreeSlip
from emulax_lbm.boundaries.edges.periodic import Periodic
from emulax_lbm.boundaries.edges.pressure_outlet import PressureOutlet
from emulax_lbm.boundaries.edges.velocity_inlet import VelocityInlet
from emulax_lbm.boundaries.edges.wall import Wall

__all__ = [
    "ConvectiveOutlet",
    "Edge",
    "Edges",
    "FreeSlip",
    "Incoming",
    "Periodic",
    "PressureOutlet",
    "VelocityInlet",
    "Wall",
    "fill_ghosts",
]
