"""Flows of other layouts, written anew in the NetCDF layout; reading checks what it reads, whatever wrote it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from jaxtyping import Float64

from emulax.core.errors import InputError
from emulax.data.stresses.layout import BETA_STAR, write_stress_file
from emulax.data.stresses.openfoam import read_internal_field


def convert_openfoam(
    case: Path | str,
    out: Path | str,
    *,
    viscosity: float,
    time: str,
    true_velocity: str = "U_DNS",
    true_stress: str = "R_DNS",
    attributes: Mapping[str, str | float] | None = None,
) -> Path:
    """Convert a case of OpenFOAM in ASCII whose folder of one time holds the fields of the RANS model and of the truth.

    Beside `U`, `k`, `omega`, `nut` and the truth's two fields, these must be there, which OpenFOAM's own tools write:

        postProcess -func writeCellCentres
        postProcess -func writeCellVolumes
        postProcess -funcs '(grad(U) grad(k) grad(U_DNS))'
        checkMesh -writeFields '(wallDistance)'

    The gradient of the pressure, `grad(p)`, is taken where it is there.

    Args:
        case: Folder of the case.
        out: File to write, `.nc`.
        viscosity: Kinematic viscosity, m2/s.
        time: Folder of the time, such as `20000`.
        true_velocity: Field of the true mean velocity.
        true_stress: Field of the true Reynolds stress <u_i u_j>, a symmetric tensor.
        attributes: Attributes of the file, such as `flow_family` and `split`.

    Returns:
        The file.

    Raises:
        InputError: A field is missing, damaged, binary, or has another number of cells.
    """
    folder = Path(case) / time

    def field(name: str) -> Float64[np.ndarray, "cell ..."]:
        return read_internal_field(folder / name)

    def gradient(name: str) -> Float64[np.ndarray, "cell 3 3"]:
        # OpenFOAM's tensor is d/dx_row of component col.
        return np.swapaxes(field(f"grad({name})"), 1, 2)

    values = {
        "cell_centre": field("C"),
        "volume": field("V"),
        "wall_distance": field("wallDistance"),
        "rans_velocity": field("U"),
        "rans_grad_u": gradient("U"),
        "rans_k": field("k"),
        "rans_grad_k": field("grad(k)"),
        "rans_omega": field("omega"),
        "rans_nut": field("nut"),
        "dns_velocity": field(true_velocity),
        "dns_grad_u": gradient(true_velocity),
        "dns_reynolds_stress": field(true_stress),
    }
    if (folder / "grad(p)").exists():
        values["rans_grad_p"] = field("grad(p)")
    return write_stress_file(out, values, viscosity=viscosity, attributes=attributes)


def convert_npy(
    folder: Path | str,
    case: str,
    out: Path | str,
    *,
    viscosity: float,
    model: str = "komegasst",
    truth: str = "REF",
    attributes: Mapping[str, str | float] | None = None,
) -> Path:
    """Convert a case of the curated data set of McConkey, Yee & Lien 2021, doi:10.1038/s41597-021-01034-2.

    There a scalar or a tensor is one array in `MODEL/MODEL_CASE_FIELD.npy`, and a vector is three, such as `Ux`, `Uy`
    and `Uz`. Taken are `Cx...`, `wallDistance`, `Ux...`, `gradU`, `k`, `gradkx...` and `omega` (or `epsilon`) of the
    model, and `Ux...`, `gradU` and `tau` of the truth. All cells have the same volume, and the eddy viscosity is
    k/omega, except where there are `V` and `nut`; `gradpx...` is taken where it is there.

    Args:
        folder: Folder of the data set.
        case: Name of the case, such as `PHLL_case_1p0`.
        out: File to write, `.nc`.
        viscosity: Kinematic viscosity, m2/s.
        model: Folder of the RANS model.
        truth: Folder of the truth.
        attributes: Attributes of the file, such as `flow_family` and `split`.

    Returns:
        The file.

    Raises:
        InputError: A field is missing or damaged, or has another number of cells.
    """

    def path(of: str, name: str) -> Path:
        return Path(folder) / of / f"{of}_{case}_{name}.npy"

    def field(of: str, name: str) -> Float64[np.ndarray, "cell ..."]:
        return _load(path(of, name))

    def vector(of: str, name: str) -> Float64[np.ndarray, "cell 3"]:
        parts = [field(of, f"{name}{axis}") for axis in "xyz"]
        if len({part.shape for part in parts}) != 1:
            raise InputError(str(path(of, f"{name}x")), "has another number of cells than its y or z")
        return np.stack(parts, axis=-1)

    def given(name: str, default: Float64[np.ndarray, " cell"]) -> Float64[np.ndarray, " cell"]:
        return field(model, name) if path(model, name).exists() else default

    k = field(model, "k")
    omega = field(model, "omega") if path(model, "omega").exists() else field(model, "epsilon") / (BETA_STAR * k)
    values = {
        "cell_centre": vector(model, "C"),
        "volume": given("V", np.ones_like(k)),
        "wall_distance": field(model, "wallDistance"),
        "rans_velocity": vector(model, "U"),
        "rans_grad_u": field(model, "gradU"),
        "rans_k": k,
        "rans_grad_k": vector(model, "gradk"),
        "rans_omega": omega,
        "rans_nut": given("nut", k / omega),
        "dns_velocity": vector(truth, "U"),
        "dns_grad_u": field(truth, "gradU"),
        "dns_reynolds_stress": field(truth, "tau"),
    }
    if path(model, "gradpx").exists():
        values["rans_grad_p"] = vector(model, "gradp")
    return write_stress_file(out, values, viscosity=viscosity, attributes=attributes)


def _load(path: Path) -> Float64[np.ndarray, "cell ..."]:
    try:
        return np.load(path, allow_pickle=False).astype(np.float64)
    except FileNotFoundError as error:
        raise InputError(str(path), "no such file") from error
    except (OSError, ValueError, EOFError) as error:
        raise InputError(str(path), "is damaged, or no array of numbers") from error
