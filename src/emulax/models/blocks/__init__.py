"""Building blocks that several networks share."""

from emulax.models.blocks.bfloat16 import with_bfloat16_weights
from emulax.models.blocks.convolution import Convolution
from emulax.models.blocks.deconvolutions import Deconvolutions
from emulax.models.blocks.dense import Dense
from emulax.models.blocks.mixing import GlobalMixing
from emulax.models.blocks.normalisation import GroupNorm
from emulax.models.blocks.parameters import parameter_count
from emulax.models.blocks.patches import (
    PatchConvolution,
    PatchDeconvolution,
    from_nested_patches,
    to_patches,
    upsample,
)
from emulax.models.blocks.perceptron import Perceptron
from emulax.models.blocks.positions import with_positions
from emulax.models.blocks.precision import MatmulPrecision
from emulax.models.blocks.residual import ResidualBlock
from emulax.models.blocks.slices import SliceAttention
from emulax.models.blocks.spectral import SpectralConvolution, check_modes

__all__ = [
    "Convolution",
    "Deconvolutions",
    "Dense",
    "GlobalMixing",
    "GroupNorm",
    "MatmulPrecision",
    "PatchConvolution",
    "PatchDeconvolution",
    "Perceptron",
    "ResidualBlock",
    "SliceAttention",
    "SpectralConvolution",
    "check_modes",
    "from_nested_patches",
    "parameter_count",
    "to_patches",
    "upsample",
    "with_bfloat16_weights",
    "with_positions",
]
