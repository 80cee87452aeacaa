"""The schema's face in xarray: arrays to a labelled Dataset and back."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from emulax.data.flows import Certificates, FlowData, cell_centres
from emulax.data.schema import (
    CERTIFICATE,
    COMPONENTS,
    CONVENTIONS,
    INPUTS,
    SCHEMA_VERSION,
    TARGETS,
    VARIABLES,
)


def to_dataset(flows: FlowData) -> xr.Dataset:
    """The flows with the schema's names, dtypes, coordinates and attributes."""
    values = {"sample": flows.sample_id}
    values |= {name: getattr(flows, name) for name in (INPUTS | TARGETS)}
    values |= {name: getattr(flows.certificate, name) for name in CERTIFICATE}
    return label(values, flows.cells_per_length)


def from_dataset(dataset: xr.Dataset) -> FlowData:
    """Read every variable of a shard's Dataset into memory."""

    def read(name: str) -> np.ndarray:
        values = dataset[name].values
        if VARIABLES[name].dtype == "U":
            return values.astype(np.str_)
        return values.astype(bool) if name == "mask" else values

    names = {field.name for field in dataclasses.fields(FlowData)}
    return FlowData(
        sample_id=read("sample"),
        certificate=Certificates(**{name: read(name) for name in CERTIFICATE}),
        cells_per_length=int(dataset.attrs["cells_per_length"]),
        **{name: read(name) for name in (INPUTS | TARGETS) if name in names},
    )


def label(values: Mapping[str, np.ndarray], cells_per_length: int, **attributes: Any) -> xr.Dataset:
    """A Dataset of the schema's variables in `values`, with cell centres and components as coordinates.

    Arrays of one sample alone, without the sample axis, are welcome.
    """
    dimensions = values["velocity"].shape[-1]
    axes = ("z", "y", "x")[3 - dimensions :]
    cells = values["pressure"].shape[-dimensions:]
    grid = {axis: cell_centres(count, cells_per_length) for axis, count in zip(axes, cells, strict=True)}
    variables = {}
    for name, array in (grid | {"component": np.array(COMPONENTS[:dimensions])} | dict(values)).items():
        variable = VARIABLES[name]
        dims = tuple(dim for dim in variable.dims if dim != "z" or dim in axes)
        dims = dims[len(dims) - np.ndim(array) :]
        variables[name] = (dims, np.asarray(array, dtype=variable.dtype), variable.attributes)
    attributes |= {
        "schema_version": SCHEMA_VERSION,
        "conventions": CONVENTIONS,
        "cells_per_length": cells_per_length,
    }
    return xr.Dataset(variables, attrs=attributes)


def encoding(dataset: xr.Dataset) -> dict[str, dict[str, Any]]:
    """How to store `dataset`: fields compressed in chunks of one sample, no fill values.

    Level 1 with byte shuffle compresses smooth fields nearly as well as level 9, several times faster.
    """
    found = {}
    for name, variable in dataset.variables.items():
        entry: dict[str, Any] = {} if variable.dtype.kind == "U" else {"_FillValue": None}
        if {"y", "x"} <= set(variable.dims):
            shape = tuple(1 if dim == "sample" else size for dim, size in variable.sizes.items())
            entry |= {"zlib": True, "complevel": 1, "shuffle": True, "chunksizes": shape}
        found[str(name)] = entry
    return found
