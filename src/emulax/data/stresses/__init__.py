"""Reynolds stresses: flows by a RANS model with a direct simulation as the truth, at the same cells."""

from emulax.data.stresses.flow import StressFlow, check_apart, realizable
from emulax.data.stresses.layout import OPTIONAL, VARIABLES, read_stress_flow, read_stress_flows, reference_folder

__all__ = [
    "OPTIONAL",
    "VARIABLES",
    "StressFlow",
    "check_apart",
    "read_stress_flow",
    "read_stress_flows",
    "realizable",
    "reference_folder",
]
