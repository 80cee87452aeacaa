"""Flows in memory: NumPy arrays with the sample axis first, then those of space, `[z] y x`."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from jaxtyping import Bool, Float32, Float64, Int32, Shaped

from emulax.core.errors import InputError

_RecordT = TypeVar("_RecordT", "FlowData", "FlowInputs", "Certificates")


@dataclass(frozen=True)
class FlowInputs:
    """What a predictor is given for each sample.

    Args:
        sdf: Signed distance to the wall in units of D, positive in fluid.
        mask: True in fluid.
        reynolds: Reynolds number U D / nu.
        inflow: Streamwise velocity at the cell centres of the left edge in units of U.
    """

    sdf: Float32[np.ndarray, " sample *space"]
    mask: Bool[np.ndarray, " sample *space"]
    reynolds: Float32[np.ndarray, " sample"]
    inflow: Float32[np.ndarray, " sample *side"]

    @staticmethod
    def of(
        sdf: Float32[np.ndarray, " sample *space"],
        reynolds: Float32[np.ndarray, " sample"],
        inflow: Float32[np.ndarray, " sample *side"] | None = None,
    ) -> FlowInputs:
        """Inputs with the mask that the signed distance implies, and with uniform inflow unless another is given."""
        uniform = np.ones(sdf.shape[:-1], np.float32)
        return FlowInputs(sdf, sdf > 0.0, reynolds, uniform if inflow is None else inflow)

    def take(self, index: slice | np.ndarray) -> FlowInputs:
        """The samples picked by a slice, a boolean mask or an array of indices, in that order."""
        return _combine([self], lambda arrays: arrays[0][index])

    def __len__(self) -> int:
        return len(self.sdf)


@dataclass(frozen=True)
class Certificates:
    """The solver's account of how well each sample was computed; `schema.CERTIFICATE` has the meanings."""

    mach_max: Float32[np.ndarray, " sample"]
    mass_drift: Float32[np.ndarray, " sample"]
    residual: Float32[np.ndarray, " sample"]
    relaxation_time: Float32[np.ndarray, " sample"]
    force_imbalance: Float32[np.ndarray, " sample"]
    steps: Int32[np.ndarray, " sample"]
    converged: Bool[np.ndarray, " sample"]
    accepted: Bool[np.ndarray, " sample"]
    reason: Shaped[np.ndarray, " sample"]
    velocity_error: Float32[np.ndarray, " sample"]
    drag_error: Float32[np.ndarray, " sample"]


@dataclass(frozen=True)
class FlowData:
    """Steady flows around shapes: inputs, targets and certificates; see `schema` for units and meanings.

    Args:
        sample_id: Identifier of each sample.
        geometry_id: Identifier of each sample's shape; samples of one shape share it.
        geometry: The shape's parameters as JSON.
        sdf: Signed distance to the wall in units of D, positive in fluid.
        mask: True in fluid.
        reynolds: Reynolds number U D / nu.
        inflow: Streamwise velocity at the cell centres of the left edge in units of U.
        height: Frontal height in units of D.
        length: Extent along the flow in units of D.
        velocity: Velocity in units of U, zero in solid.
        pressure: Pressure above the reference in units of rho U^2, zero in solid.
        drag_coefficient: Force along x over rho U^2 D / 2, in three dimensions over rho U^2 D^2 / 2.
        lift_coefficient: Force along y over the same.
        certificate: How well each sample was computed.
        cells_per_length: Cells in the reference length D.
    """

    sample_id: Shaped[np.ndarray, " sample"]
    geometry_id: Shaped[np.ndarray, " sample"]
    geometry: Shaped[np.ndarray, " sample"]
    sdf: Float32[np.ndarray, " sample *space"]
    mask: Bool[np.ndarray, " sample *space"]
    reynolds: Float32[np.ndarray, " sample"]
    inflow: Float32[np.ndarray, " sample *side"]
    height: Float32[np.ndarray, " sample"]
    length: Float32[np.ndarray, " sample"]
    velocity: Float32[np.ndarray, "sample *space d"]
    pressure: Float32[np.ndarray, " sample *space"]
    drag_coefficient: Float32[np.ndarray, " sample"]
    lift_coefficient: Float32[np.ndarray, " sample"]
    certificate: Certificates
    cells_per_length: int

    def __len__(self) -> int:
        return len(self.sdf)

    @property
    def inputs(self) -> FlowInputs:
        """What a predictor is given."""
        return FlowInputs(self.sdf, self.mask, self.reynolds, self.inflow)

    @property
    def fields(self) -> Float32[np.ndarray, "sample *space channel"]:
        """What a predictor returns: velocity and pressure as channels u, v[, w], p."""
        return np.concatenate([self.velocity, self.pressure[..., None]], axis=-1)

    @property
    def reynolds_height(self) -> Float32[np.ndarray, " sample"]:
        """Reynolds number of the frontal height, U h / nu."""
        return self.reynolds * self.height

    def take(self, index: slice | np.ndarray) -> FlowData:
        """The samples picked by a slice, a boolean mask or an array of indices, in that order."""
        return _combine([self], lambda arrays: arrays[0][index])

    @staticmethod
    def concatenate(parts: Sequence[FlowData]) -> FlowData:
        """The samples of all `parts`, in order.

        Raises:
            InputError: There are no parts, or they differ in grid.
        """
        grids = {(*part.sdf.shape[1:], part.cells_per_length) for part in parts}
        if len(grids) != 1:
            raise InputError(
                "flows", f"have grids {sorted(grids)} as ([z,] y, x, cells per length), must have one in common"
            )
        return _combine(parts, np.concatenate)


def cell_centres(count: int, cells_per_length: int) -> Float64[np.ndarray, " count"]:
    """Positions of `count` cell centres along one axis in units of D: `(i + 1/2) / cells_per_length`."""
    return (np.arange(count, dtype=np.float64) + 0.5) / cells_per_length


def _combine(parts: Sequence[_RecordT], function: Callable[[list[np.ndarray]], np.ndarray]) -> _RecordT:
    """A record whose every array is `function` of the arrays of the same name in `parts`."""
    arrays = {}
    for field in dataclasses.fields(parts[0]):
        values = [getattr(part, field.name) for part in parts]
        if dataclasses.is_dataclass(values[0]):
            arrays[field.name] = _combine(values, function)
        elif isinstance(values[0], np.ndarray):
            arrays[field.name] = function(values)
    return dataclasses.replace(parts[0], **arrays)
