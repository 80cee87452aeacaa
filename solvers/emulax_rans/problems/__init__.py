"""Flows with a known answer."""

from emulax_rans.problems.manufactured import Manufactured

__all__ = ["Manufactured"]
