"""Scaling of the fields' channels to zero mean and unit variance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import jax
import numpy as np
from jaxtyping import Float

from emulax.data.flows import FlowData

FieldsT = TypeVar("FieldsT", jax.Array, np.ndarray)


@dataclass(frozen=True)
class Normalisation:
    """Offset and scale of the channels u, v[, w], p: `normalised = (field - offset) / scale`.

    The offset is the mean over fluid cells of the training flows (close to the free stream: 1, 0, 0), the
    scale the standard deviation there, so that a network's zero output is the mean flow and all channels
    weigh alike.
    """

    offset: tuple[float, ...]
    scale: tuple[float, ...]

    @staticmethod
    def of(flows: FlowData) -> Normalisation:
        """The statistics of `flows` over their fluid cells; a channel that does not vary keeps its scale."""
        cells = flows.fields[flows.mask].astype(np.float64)
        spread = cells.std(axis=0)
        return Normalisation(_numbers(cells.mean(axis=0)), _numbers(np.where(spread > 0, spread, 1.0)))

    def normalise(self, fields: Float[FieldsT, "*batch channel"]) -> Float[FieldsT, "*batch channel"]:
        """Fields in flow units to channels of zero mean and unit variance."""
        return (fields - _like(self.offset, fields)) / _like(self.scale, fields)

    def denormalise(self, values: Float[FieldsT, "*batch channel"]) -> Float[FieldsT, "*batch channel"]:
        """The inverse of `normalise`."""
        return values * _like(self.scale, values) + _like(self.offset, values)


def _like(channels: tuple[float, ...], fields: jax.Array | np.ndarray) -> np.ndarray:
    return np.broadcast_to(np.asarray(channels, fields.dtype), fields.shape)


def _numbers(values: np.ndarray) -> tuple[float, ...]:
    return tuple(float(value) for value in values)
