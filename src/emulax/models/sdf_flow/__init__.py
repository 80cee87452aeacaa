"""Steady flow fields from a signed distance field and a Reynolds number."""

from emulax.models.sdf_flow.build import NETWORKS, NetworkConfig, build, describe, frame_of, network_config, rebuild
from emulax.models.sdf_flow.encoding import Geometry, encode
from emulax.models.sdf_flow.fno import FNO, FNOConfig
from emulax.models.sdf_flow.guo import GuoConfig, GuoNet
from emulax.models.sdf_flow.model import FlowModel, FlowModelConfig
from emulax.models.sdf_flow.symmetry import mirror, random_mirror
from emulax.models.sdf_flow.transolver import Transolver, TransolverConfig
from emulax.models.sdf_flow.unet import UNet, UNetConfig

__all__ = [
    "FNO",
    "NETWORKS",
    "FNOConfig",
    "FlowModel",
    "FlowModelConfig",
    "Geometry",
    "GuoConfig",
    "GuoNet",
    "NetworkConfig",
    "Transolver",
    "TransolverConfig",
    "UNet",
    "UNetConfig",
    "build",
    "describe",
    "encode",
    "frame_of",
    "mirror",
    "network_config",
    "random_mirror",
    "rebuild",
]
