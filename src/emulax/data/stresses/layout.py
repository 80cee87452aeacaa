"""The NetCDF layout of a flow by a RANS model and its truth: one file a flow, one value or tensor a cell.

Names, dimensions and units of the variables are in `VARIABLES`. Attributes are `nu` (m2 s-1), `flow_family`, `split`,
and for structured meshes `structured_shape`, the number of cells with the slowest index first. Numeric attributes
besides are kept as facts of the flow.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import xarray as xr
from jaxtyping import Float64

from emulax.core.errors import InputError
from emulax.core.files import atomic_path
from emulax.core.progress import log
from emulax.data.shards import READ_ERRORS
from emulax.data.stresses.flow import Scalar, StressFlow, Tensor, Vector, realizable
from emulax.data.stresses.structured import gradient

BETA_STAR = 0.09
"""epsilon over k omega, of k-omega models."""
# How far the eddy viscosity may be from k/omega in the median before units cannot be right: limiters take a few times.
_VISCOSITY_FACTOR = 30.0


class Variable(NamedTuple):
    """One variable of a file: components after `cell`, and units in SI."""

    components: tuple[int, ...]
    units: str


VARIABLES = {
    "cell_centre": Variable((3,), "m"),
    "volume": Variable((), "m3"),
    "wall_distance": Variable((), "m"),
    "rans_velocity": Variable((3,), "m s-1"),
    "rans_grad_u": Variable((3, 3), "s-1"),
    "rans_k": Variable((), "m2 s-2"),
    "rans_omega": Variable((), "s-1"),
    "rans_nut": Variable((), "m2 s-1"),
    "dns_velocity": Variable((3,), "m s-1"),
    "dns_grad_u": Variable((3, 3), "s-1"),
    "dns_reynolds_stress": Variable((3, 3), "m2 s-2"),
}
"""What a file must hold."""

OPTIONAL = {
    "rans_grad_k": Variable((3,), "m s-2"),
    "rans_p": Variable((), "m2 s-2"),
    "rans_grad_p": Variable((3,), "m s-2"),
    "valid": Variable((), ""),
}
"""What it may hold besides: the gradient of k, else taken by differences on a structured mesh; the pressure over the
density or its gradient, of which the same is true; which cells are good."""


def read_stress_flow(path: Path | str) -> StressFlow:
    """Read one flow; cells whose truth is not realizable are masked, counted and logged.

    Raises:
        InputError: The file is missing or damaged, lacks a variable, has other shapes or units, holds values of the
            RANS model that are not finite or a k that is not positive, or mixes units.
    """
    path = Path(path)
    try:
        with xr.open_dataset(path, engine="h5netcdf") as dataset:
            dataset.load()
    except FileNotFoundError as error:
        raise InputError(str(path), "no such file") from error
    except READ_ERRORS as error:
        raise InputError(str(path), "is damaged, or no NetCDF file") from error
    _check(path, dataset)
    return _flow(path, dataset)


def read_stress_flows(folder: Path | str) -> dict[str, StressFlow]:
    """All flows in a folder of `.nc` files, by name.

    Raises:
        InputError: There is no file, or one cannot be read; see `read_stress_flow`.
    """
    paths = sorted(Path(folder).glob("*.nc"))
    if not paths:
        raise InputError(str(folder), "holds no .nc files")
    flows = [read_stress_flow(path) for path in paths]
    return {flow.name: flow for flow in flows}


def write_stress_file(
    path: Path | str,
    values: Mapping[str, Float64[np.ndarray, "cell ..."]],
    *,
    viscosity: float,
    attributes: Mapping[str, str | float | Sequence[int]] | None = None,
) -> Path:
    """Write a flow in the layout, with its units.

    Args:
        path: The file.
        values: All of `VARIABLES`, and any of `OPTIONAL`.
        viscosity: Kinematic viscosity, m2/s.
        attributes: Further attributes, such as `flow_family`, `split` and `structured_shape`.

    Raises:
        InputError: A variable is missing or unknown, or has another shape than it must have; nothing is written.
    """
    known = VARIABLES | OPTIONAL
    wrong = [f"lacks {name}" for name in VARIABLES if name not in values]
    wrong += [f"holds {name}, which is unknown" for name in values if name not in known]
    cells = len(values.get("rans_k", ()))
    for name, array in values.items():
        expected = (cells, *known[name].components) if name in known else array.shape
        if array.shape != expected:
            wrong.append(f"has {name} of shape {array.shape}, must be {expected}")
    if wrong:
        raise InputError(str(path), wrong[0])
    dims = ("cell", "row", "col")
    arrays = {
        name: (dims[: array.ndim], array, {"units": known[name].units} if known[name].units else {})
        for name, array in values.items()
    }
    dataset = xr.Dataset(arrays, attrs={**(attributes or {}), "nu": viscosity})
    with atomic_path(Path(path)) as temporary:
        dataset.to_netcdf(temporary, engine="h5netcdf")
    return Path(path)


def reference_folder(given: Path | str | None = None) -> Path | None:
    """Where the reference data are: what is given, or EMULAX_REFERENCE_DATA; None if neither is.

    Raises:
        InputError: The folder does not exist.
    """
    named = given or os.environ.get("EMULAX_REFERENCE_DATA")
    if not named:
        return None
    folder = Path(named)
    if not folder.is_dir():
        raise InputError("EMULAX_REFERENCE_DATA" if given is None else "--data", f"{folder} is no folder")
    return folder


def _check(path: Path, dataset: xr.Dataset) -> None:
    missing = [name for name in VARIABLES if name not in dataset]
    missing += [f"attribute {name}" for name in ("nu",) if name not in dataset.attrs]
    if missing:
        raise InputError(str(path), f"lacks {', '.join(missing)}", "see the layout in docs/data.md")
    cells = dataset.sizes.get("cell", 0)
    for name, variable in (VARIABLES | OPTIONAL).items():
        if name not in dataset:
            continue
        found = dataset[name]
        if found.shape != (cells, *variable.components):
            raise InputError(str(path), f"has {name} of shape {found.shape}, must be {(cells, *variable.components)}")
        units = found.attrs.get("units", variable.units)
        if units != variable.units:
            raise InputError(str(path), f"has {name} in {units}, must be in {variable.units}", "convert all to SI")
    _check_values(path, dataset)


def _check_values(path: Path, dataset: xr.Dataset) -> None:
    for name in (name for name in VARIABLES | OPTIONAL if name in dataset and not name.startswith("dns")):
        if not np.isfinite(dataset[name].values).all():
            raise InputError(str(path), f"has values of {name} that are not finite")
    for name in ("volume", "wall_distance", "rans_k", "rans_omega"):
        bad = int((dataset[name].values <= 0.0).sum())
        if bad:
            raise InputError(str(path), f"has {bad} cells with {name} <= 0, must be positive")
    viscosity, expected = dataset["rans_nut"].values, dataset["rans_k"].values / dataset["rans_omega"].values
    factor = float(np.median(viscosity) / np.median(expected))
    if not 1.0 / _VISCOSITY_FACTOR < factor < _VISCOSITY_FACTOR:
        raise InputError(
            str(path), f"has an eddy viscosity {factor:.1g} times k/omega", "units are mixed: convert all to SI"
        )
    shape = dataset.attrs.get("structured_shape")
    if shape is not None and int(np.prod(shape)) != dataset.sizes["cell"]:
        raise InputError(str(path), f"has structured_shape {tuple(shape)} for {dataset.sizes['cell']} cells")


def _flow(path: Path, dataset: xr.Dataset) -> StressFlow:
    def values(name: str) -> Float64[np.ndarray, "..."]:
        return dataset[name].values.astype(np.float64)

    attributes = dataset.attrs
    shape = attributes.get("structured_shape")
    shape = None if shape is None else tuple(int(count) for count in shape)
    stress: Tensor = values("dns_reynolds_stress")
    said = dataset["valid"].values.astype(bool) if "valid" in dataset else np.ones(len(stress), bool)
    valid = said & realizable(stress)
    if not valid.all():
        log.info("%s: %d of %d cells have no valid truth and are masked", path.name, (~valid).sum(), len(valid))
    k: Scalar = values("rans_k")
    centre: Vector = values("cell_centre")

    def slopes(of: str) -> Vector | None:
        if (given := f"rans_grad_{of}") in dataset:
            return values(given)
        if shape is None or (name := f"rans_{of}") not in dataset:
            return None
        return gradient(values(name), centre, shape)

    energy_slopes = slopes("k")
    if energy_slopes is None:
        raise InputError(str(path), "lacks rans_grad_k, and the mesh is not structured")
    return StressFlow(
        name=path.stem,
        family=str(attributes.get("flow_family", "")),
        split=str(attributes.get("split", "")),
        viscosity=float(attributes["nu"]),
        centre=centre,
        volume=values("volume"),
        wall_distance=values("wall_distance"),
        velocity=values("rans_velocity"),
        velocity_gradient=values("rans_grad_u"),
        kinetic_energy=k,
        kinetic_energy_gradient=energy_slopes,
        dissipation=BETA_STAR * k * values("rans_omega"),
        eddy_viscosity=values("rans_nut"),
        true_velocity=values("dns_velocity"),
        true_velocity_gradient=values("dns_grad_u"),
        true_stress=stress,
        valid=valid,
        shape=shape,
        facts={name: float(value) for name, value in attributes.items() if np.ndim(value) == 0 and _is_number(value)},
        pressure_gradient=slopes("p"),
    )


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | np.integer | np.floating)
