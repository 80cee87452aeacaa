"""Derivatives on a structured mesh in a plane, by differences along its lines."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64


def gradient(
    values: Float64[np.ndarray, " cell"], centre: Float64[np.ndarray, "cell 3"], shape: tuple[int, ...]
) -> Float64[np.ndarray, "cell 3"]:
    """Gradient of a field that does not vary across the plane of its mesh.

    With the mesh's two indices as coordinates, grad f = J^-T (df/di, df/dj), J being the derivatives of the two
    coordinates in the plane by the indices; of second order, but for the cells at the sides, where it is of first.

    Args:
        values: The field.
        centre: Centres of the cells.
        shape: Cells, slowest index first.
    """
    places = centre.reshape(*shape, 3)
    extent = np.ptp(places, axis=(0, 1))
    plane = np.sort(np.argsort(extent)[-2:])
    by_index = np.stack([_by_index(places[..., axis]) for axis in plane], axis=-2)
    slopes = _by_index(values.reshape(shape))
    found = np.linalg.solve(np.swapaxes(by_index, -1, -2), slopes[..., None])[..., 0]
    whole = np.zeros((len(values), 3))
    whole[:, plane] = found.reshape(-1, 2)
    return whole


def _by_index(values: Float64[np.ndarray, "slow fast"]) -> Float64[np.ndarray, "slow fast 2"]:
    """Derivatives by both indices."""
    return np.stack([np.gradient(values, axis=axis) for axis in range(2)], axis=-1)
