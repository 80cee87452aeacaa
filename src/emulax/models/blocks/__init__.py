"""Building blocks that several networks share."""

from emulax.models.blocks.mixing import GlobalMixing
from emulax.models.blocks.normalisation import GroupNorm
from emulax.models.blocks.patches import PatchConvolution, PatchDeconvolution, from_patches, to_patches, upsample
from emulax.models.blocks.precision import MatmulPrecision
from emulax.models.blocks.residual import ResidualBlock

__all__ = [
    "GlobalMixing",
    "GroupNorm",
    "MatmulPrecision",
    "PatchConvolution",
    "PatchDeconvolution",
    "ResidualBlock",
    "from_patches",
    "to_patches",
    "upsample",
]
