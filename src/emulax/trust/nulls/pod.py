"""Proper orthogonal decomposition of snapshots."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32

_BLOCK = 4096
# Eigenvalues below this share of the first are round-off of float32 snapshots; their modes would be noise.
_ROUND_OFF = 1e-12


@dataclass(frozen=True)
class Pod:
    """A mean and orthonormal modes: `x ~ mean + a @ modes`, the best linear basis of its size.

    Args:
        mean: Mean snapshot.
        modes: Modes by falling energy, one per row.
    """

    mean: Float32[np.ndarray, " cells"]
    modes: Float32[np.ndarray, "modes cells"]

    @staticmethod
    def fit(
        snapshots: Float32[np.ndarray, "sample cells"], *, energy: float = 1.0, max_modes: int | None = None
    ) -> Pod:
        """Decompose by the method of snapshots (Sirovich 1987, doi:10.1090/qam/910462).

        Args:
            snapshots: One snapshot per row.
            energy: Share of the variance that the kept modes hold.
            max_modes: Most modes to keep.
        """
        mean = snapshots.mean(axis=0, dtype=np.float64).astype(np.float32)
        centred = snapshots - mean
        values, vectors = np.linalg.eigh(_gram(centred))
        values, vectors = values[::-1], vectors[:, ::-1]
        rank = int(np.sum(values > _ROUND_OFF * values[0]))
        kept = int(np.searchsorted(np.cumsum(values), energy * values.sum())) + 1
        count = min(rank, kept, max_modes or rank)
        amplitudes = np.sqrt(values[:count, None])
        return Pod(mean, (vectors[:, :count].T / amplitudes).astype(np.float32) @ centred)

    def project(self, snapshots: Float32[np.ndarray, "sample cells"]) -> Float32[np.ndarray, "sample modes"]:
        """Coefficients `a = (x - mean) @ modes^T`."""
        return (snapshots - self.mean) @ self.modes.T

    def reconstruct(self, coefficients: Float32[np.ndarray, "sample modes"]) -> Float32[np.ndarray, "sample cells"]:
        """Snapshots `mean + a @ modes`."""
        return self.mean + coefficients @ self.modes


def _gram(snapshots: np.ndarray) -> np.ndarray:
    """Inner products of all pairs, summed in float64 block by block to spare a float64 copy of everything."""
    total = np.zeros((len(snapshots), len(snapshots)), dtype=np.float64)
    for start in range(0, snapshots.shape[1], _BLOCK):
        block = snapshots[:, start : start + _BLOCK].astype(np.float64)
        total += block @ block.T
    return total
