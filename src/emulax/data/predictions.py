"""Predicted fields of many samples in one file, by which anybody's model can be scored."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr
from jaxtyping import Float32, Shaped

from emulax.core.errors import InputError
from emulax.data.dataset import label
from emulax.data.flows import FlowData, cell_centres
from emulax.data.schema import COMPONENTS
from emulax.data.shards import READ_ERRORS, write_netcdf

# How far a coordinate may be off: room for float32.
_TOLERANCE_CELLS = 0.01


@dataclass(frozen=True)
class Predictions:
    """What a model says of some samples of a dataset.

    Args:
        sample_id: Identifier of each sample.
        fields: Channels u, v[, w] (units of U) and p (units of rho U^2).
        source: What made them.
    """

    sample_id: Shaped[np.ndarray, " sample"]
    fields: Float32[np.ndarray, "sample *space channel"]
    source: str

    def of(self, flows: FlowData) -> Float32[np.ndarray, "sample *space channel"]:
        """The fields of these flows, in their order.

        Raises:
            InputError: A flow without a prediction, one that has two, other cells, or values that are not finite.
        """
        index = {str(sample): number for number, sample in enumerate(self.sample_id)}
        if len(index) != len(self.sample_id):
            raise InputError("predictions", f"hold {len(self.sample_id)} samples with {len(index)} identifiers")
        missing = [str(sample) for sample in flows.sample_id if str(sample) not in index]
        if missing:
            raise InputError("predictions", f"lack {len(missing)} of {len(flows)} flows, such as {missing[0]}")
        if self.fields.shape[1:] != flows.fields.shape[1:]:
            raise InputError(
                "predictions",
                f"have {self.fields.shape[1:]} as ([z,] y, x, channel), must have {flows.fields.shape[1:]}",
            )
        fields = self.fields[[index[str(sample)] for sample in flows.sample_id]]
        if not np.isfinite(fields[flows.mask]).all():
            raise InputError("predictions", "hold values in fluid that are not finite")
        return fields


def write_predictions(path: Path, predictions: Predictions, *, cells_per_length: int) -> None:
    """Write predictions as NetCDF4 with the schema's names: `sample`, `velocity`, `pressure`.

    Raises:
        RunError: The file could not be written.
    """
    values = {
        "sample": predictions.sample_id,
        "velocity": predictions.fields[..., :-1],
        "pressure": predictions.fields[..., -1],
    }
    write_netcdf(path, label(values, cells_per_length, source=predictions.source))


def read_predictions(path: Path, *, cells_per_length: int) -> Predictions:
    """Read predictions that `write_predictions`, or anybody else, wrote as `sample`, `velocity` and `pressure`.

    Args:
        path: The file.
        cells_per_length: Cells in D of the dataset; what the file says of its cells and components must agree.

    Raises:
        InputError: The file is missing, damaged, lacks one of them, or is on other cells.
    """
    try:
        with xr.open_dataset(path, engine="h5netcdf") as dataset:
            _check_labels(path, dataset, cells_per_length)
            axes = [axis for axis in ("sample", "z", "y", "x") if axis in dataset["pressure"].dims]
            velocity = dataset["velocity"].transpose(*axes, "component").values
            pressure = dataset["pressure"].transpose(*axes).values
            fields = np.concatenate([velocity, pressure[..., None]], axis=-1).astype(np.float32)
            return Predictions(dataset["sample"].values.astype(np.str_), fields, str(dataset.attrs.get("source", "")))
    except FileNotFoundError as error:
        raise InputError(str(path), "no such file") from error
    except READ_ERRORS as error:
        raise InputError(str(path), f"cannot be read as predictions: {_first_line(error)}") from error


def _check_labels(path: Path, dataset: xr.Dataset, cells_per_length: int) -> None:
    """Refuse other cells, or components in another order, where the file names them."""
    found = dataset.attrs.get("cells_per_length", cells_per_length)
    if found != cells_per_length:
        raise InputError(str(path), f"has {found} cells in D, must have {cells_per_length} as the dataset")
    for axis in (axis for axis in COMPONENTS if axis in dataset.coords):
        centres = cell_centres(dataset.sizes[axis], cells_per_length)
        if not np.allclose(dataset[axis], centres, rtol=0.0, atol=_TOLERANCE_CELLS / cells_per_length):
            raise InputError(str(path), f"has other {axis} than the centres of the dataset's cells")
    if "component" in dataset.coords:
        components = dataset["component"].values.astype(np.str_)
        if list(components) != list(COMPONENTS[: len(components)]):
            raise InputError(str(path), f"has components {', '.join(components)}, must have x, y[, z] in this order")


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]
