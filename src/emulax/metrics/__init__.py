"""Pure functions from fields to one number per sample; NumPy in, NumPy out, and likewise for JAX."""

from emulax.metrics.fields import perturbation, pointwise, pressure_rel_l2, rel_l2, wall_band
from emulax.metrics.residuals import divergence

__all__ = ["divergence", "perturbation", "pointwise", "pressure_rel_l2", "rel_l2", "wall_band"]
