"""Reynolds stresses: flows by a RANS model with a direct simulation as the truth, at the same cells."""

from emulax.data.stresses.convert import convert_npy, convert_openfoam
from emulax.data.stresses.flow import StressFlow, check_apart, realizable
from emulax.data.stresses.layout import (
    BETA_STAR,
    OPTIONAL,
    VARIABLES,
    read_stress_flow,
    read_stress_flows,
    reference_folder,
    write_stress_file,
)

__all__ = [
    "BETA_STAR",
    "OPTIONAL",
    "VARIABLES",
    "StressFlow",
    "check_apart",
    "convert_npy",
    "convert_openfoam",
    "read_stress_flow",
    "read_stress_flows",
    "realizable",
    "reference_folder",
    "write_stress_file",
]
