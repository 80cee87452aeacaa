"""The precision of matrix products and convolutions, as a configuration value."""

from __future__ import annotations

from typing import Literal, TypeAlias

MatmulPrecision: TypeAlias = Literal["default", "high", "highest"]
"""`highest` is float32 everywhere; `default` lets a GPU use TF32."""
