"""Correctness against references, one package per subject; each returns rows."""

from emulax.workflows.validate.lbm import validate_lbm
from emulax.workflows.validate.models import validate_models

__all__ = ["validate_lbm", "validate_models"]
