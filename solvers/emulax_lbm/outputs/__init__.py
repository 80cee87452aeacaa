"""Looking at a flow: points, walls, rotation, statistics, histories."""

from emulax_lbm.outputs.history import History, record
from emulax_lbm.outputs.probes import Probes
from emulax_lbm.outputs.statistics import FlowStatistics, Moments
from emulax_lbm.outputs.strouhal import Oscillation, oscillation
from emulax_lbm.outputs.surface import Surface
from emulax_lbm.outputs.vorticity import q_criterion, velocity_gradient, vorticity

__all__ = [
    "FlowStatistics",
    "History",
    "Moments",
    "Oscillation",
    "Probes",
    "Surface",
    "oscillation",
    "q_criterion",
    "record",
    "velocity_gradient",
    "vorticity",
]
