"""Predicted fields of many samples in one file, by which anybody's model can be scored."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr
from jaxtyping import Float32, Shaped

from emulax.core.errors import InputError
from emulax.data.dataset import label
from emulax.data.flows import FlowData
from emulax.data.shards import READ_ERRORS, write_netcdf


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


def read_predictions(path: Path) -> Predictions:
    """Read predictions that `write_predictions`, or anybody else, wrote as `sample`, `velocity` and `pressure`.

    Raises:
        InputError: The file is missing, damaged, or lacks one of them.
    """
    try:
        with xr.open_dataset(path, engine="h5netcdf") as dataset:
            axes = [axis for axis in ("sample", "z", "y", "x") if axis in dataset["pressure"].dims]
            velocity = dataset["velocity"].transpose(*axes, "component").values
            pressure = dataset["pressure"].transpose(*axes).values
            fields = np.concatenate([velocity, pressure[..., None]], axis=-1).astype(np.float32)
            return Predictions(dataset["sample"].values.astype(np.str_), fields, str(dataset.attrs.get("source", "")))
    except READ_ERRORS as error:
        raise InputError(str(path), f"cannot be read as predictions: {_first_line(error)}") from error


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]
