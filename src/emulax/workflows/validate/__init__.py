"""Correctness against references, one module per subject; each returns rows."""

from emulax.workflows.validate.lbm import validate_lbm

__all__ = ["validate_lbm"]
