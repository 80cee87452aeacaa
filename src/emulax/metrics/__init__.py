"""Pure functions from fields to one number per sample (or per cell); NumPy in, NumPy out, and likewise for JAX."""

from emulax.metrics.anisotropy import anisotropy_rmse, barycentric
from emulax.metrics.correlation import partial_spearman, size_fit, spearman_beyond_size
from emulax.metrics.fields import perturbation, pointwise, pressure_rel_l2, rel_l2, wall_band
from emulax.metrics.residuals import cell_divergence, divergence, no_slip

__all__ = [
    "anisotropy_rmse",
    "barycentric",
    "cell_divergence",
    "divergence",
    "no_slip",
    "partial_spearman",
    "perturbation",
    "pointwise",
    "pressure_rel_l2",
    "rel_l2",
    "size_fit",
    "spearman_beyond_size",
    "wall_band",
]
