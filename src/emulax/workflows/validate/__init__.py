"""Correctness against references, one package per subject; each returns rows."""

from emulax.workflows.validate.lbm import validate_lbm
from emulax.workflows.validate.models import validate_models
from emulax.workflows.validate.rans import validate_rans

__all__ = ["validate_lbm", "validate_models", "validate_rans"]
