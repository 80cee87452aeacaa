"""Flows of OpenFOAM and of npy files in the NetCDF layout."""

import numpy as np
import pytest

from emulax.core.errors import InputError
from emulax.data.stresses import VARIABLES, convert_npy, convert_openfoam, read_stress_flow, write_stress_file
from emulax.data.stresses.openfoam import read_internal_field

CELLS = 4
NU = 1.5e-5
HEADER = "FoamFile\n{{\n    version 2.0;\n    format {format};\n    class vol{kind}Field;\n    object {name};\n}}\n"
# Of OpenFOAM's fields, the layout's variable, and how components are written.
FIELDS = {
    "C": ("cell_centre", "vector"),
    "V": ("volume", "scalar"),
    "wallDistance": ("wall_distance", "scalar"),
    "U": ("rans_velocity", "vector"),
    "grad(U)": ("rans_grad_u", "tensor"),
    "k": ("rans_k", "scalar"),
    "grad(k)": ("rans_grad_k", "vector"),
    "omega": ("rans_omega", "scalar"),
    "nut": ("rans_nut", "scalar"),
    "U_DNS": ("dns_velocity", "vector"),
    "grad(U_DNS)": ("dns_grad_u", "tensor"),
    "R_DNS": ("dns_reynolds_stress", "symmTensor"),
}


def _values(rng):
    values = {name: rng.uniform(0.5, 1.0, (CELLS, *variable.components)) for name, variable in VARIABLES.items()}
    root = rng.standard_normal((CELLS, 3, 3))
    return values | {
        "rans_grad_k": rng.standard_normal((CELLS, 3)),
        "dns_reynolds_stress": root @ np.swapaxes(root, 1, 2),
    }


def _foam(path, values, kind, file_format="ascii"):
    """A field as OpenFOAM writes it, with a boundary that holds a list of its own."""
    if kind == "symmTensor":
        values = values[:, [0, 0, 0, 1, 1, 2], [0, 1, 2, 1, 2, 2]]
    lines = [
        f"({' '.join(map(repr, map(float, np.ravel(row))))})" if kind != "scalar" else repr(float(row))
        for row in values
    ]
    text = HEADER.format(format=file_format, kind=kind.capitalize(), name=path.name)
    text += f"dimensions [0 0 0 0 0 0 0];\n\ninternalField   nonuniform List<{kind}> \n{len(lines)}\n(\n"
    text += "\n".join(lines) + "\n)\n;\n\n"
    boundary = f"nonuniform List<{kind}> \n1\n(\n{lines[0]}\n)\n;"
    path.write_text(text + f"boundaryField\n{{\n  wall\n  {{\n    type fixedValue;\n    value {boundary}\n  }}\n}}\n")


@pytest.fixture
def case(tmp_path, rng):
    """A case of OpenFOAM, and the values that it stands for."""
    values, time = _values(rng), tmp_path / "case" / "100"
    time.mkdir(parents=True)
    for name, (variable, kind) in FIELDS.items():
        written = np.swapaxes(values[variable], 1, 2) if name.startswith("grad(U") else values[variable]
        _foam(time / name, written, kind)
    return tmp_path / "case", values


def test_a_case_of_openfoam_is_converted(case, tmp_path):
    folder, values = case
    attributes = {"split": "train", "flow_family": "hill"}
    flow = read_stress_flow(
        convert_openfoam(folder, tmp_path / "one.nc", viscosity=NU, time="100", attributes=attributes)
    )
    assert (flow.name, flow.split, flow.family, flow.viscosity) == ("one", "train", "hill", NU)
    np.testing.assert_allclose(flow.velocity_gradient, values["rans_grad_u"])
    np.testing.assert_allclose(flow.true_velocity_gradient, values["dns_grad_u"])
    np.testing.assert_allclose(flow.kinetic_energy_gradient, values["rans_grad_k"])
    np.testing.assert_allclose(flow.true_stress, values["dns_reynolds_stress"])
    np.testing.assert_allclose(flow.dissipation, 0.09 * values["rans_k"] * values["rans_omega"])


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda time: (time / "nut").unlink(), "nut: no such file"),
        (lambda time: _foam(time / "k", np.ones(CELLS), "scalar", "binary"), "k: is binary"),
        (lambda time: (time / "k").write_text("internalField   uniform 1;\n"), "k: is uniform"),
        (lambda time: (time / "k").write_text("nothing"), "k: holds no internalField"),
        (lambda time: _foam(time / "k", np.ones(CELLS + 1), "scalar"), r"of shape \(4, 3\), must be \(5, 3\)"),
        (
            lambda time: (time / "k").write_text((time / "k").read_text().replace(f"\n{CELLS}\n", "\n9\n", 1)),
            "does not hold the 9 values of kind scalar",
        ),
        (lambda time: (time / "k").write_text("internalField nonuniform List<label> 1 (1);"), "holds a List<label>"),
    ],
)
def test_a_bad_case_is_refused_and_nothing_written(case, tmp_path, change, named):
    folder, _ = case
    change(folder / "100")
    with pytest.raises(InputError, match=named):
        convert_openfoam(folder, tmp_path / "one.nc", viscosity=NU, time="100")
    assert not list(tmp_path.glob("*.nc"))


def test_a_time_that_is_not_there_is_named(case, tmp_path):
    with pytest.raises(InputError, match=r"200/C: no such file"):
        convert_openfoam(case[0], tmp_path / "one.nc", viscosity=NU, time="200")


def test_a_symmetric_tensor_is_a_whole_one(case):
    folder, values = case
    np.testing.assert_allclose(read_internal_field(folder / "100" / "R_DNS"), values["dns_reynolds_stress"])


SCALARS = {
    ("komegasst", "wallDistance"): "wall_distance",
    ("komegasst", "gradU"): "rans_grad_u",
    ("komegasst", "k"): "rans_k",
    ("komegasst", "omega"): "rans_omega",
    ("REF", "gradU"): "dns_grad_u",
    ("REF", "tau"): "dns_reynolds_stress",
}
VECTORS = {
    ("komegasst", "C"): "cell_centre",
    ("komegasst", "U"): "rans_velocity",
    ("komegasst", "gradk"): "rans_grad_k",
    ("REF", "U"): "dns_velocity",
}


@pytest.fixture
def npy(tmp_path, rng):
    """A case in arrays, vectors by component, and the values that it stands for."""
    values = _values(rng)
    arrays = {key: values[variable] for key, variable in SCALARS.items()}
    for (of, name), variable in VECTORS.items():
        arrays |= {(of, f"{name}{axis}"): part for axis, part in zip("xyz", values[variable].T, strict=True)}
    for (of, name), array in arrays.items():
        (tmp_path / of).mkdir(exist_ok=True)
        np.save(tmp_path / of / f"{of}_PHLL_case_1p0_{name}.npy", array)
    return tmp_path, values


def _convert(folder):
    return convert_npy(folder, "PHLL_case_1p0", folder / "hill.nc", viscosity=NU)


def test_a_case_in_arrays_is_converted(npy):
    folder, values = npy
    flow = read_stress_flow(_convert(folder))
    np.testing.assert_allclose(flow.true_stress, values["dns_reynolds_stress"])
    np.testing.assert_allclose(flow.velocity_gradient, values["rans_grad_u"])
    np.testing.assert_allclose(flow.velocity, values["rans_velocity"])
    np.testing.assert_allclose(flow.kinetic_energy_gradient, values["rans_grad_k"])
    np.testing.assert_allclose(flow.eddy_viscosity, values["rans_k"] / values["rans_omega"])
    np.testing.assert_array_equal(flow.volume, 1.0)


@pytest.mark.parametrize(("name", "variable", "of"), [("V", "volume", "volume"), ("nut", "rans_nut", "eddy_viscosity")])
def test_volumes_and_viscosities_are_taken_where_they_are(npy, name, variable, of):
    folder, values = npy
    np.save(folder / "komegasst" / f"komegasst_PHLL_case_1p0_{name}.npy", values[variable])
    np.testing.assert_allclose(getattr(read_stress_flow(_convert(folder)), of), values[variable])


def test_gradient_of_the_pressure_is_taken_where_it_is(case, npy, tmp_path, rng):
    push = rng.standard_normal((CELLS, 3))
    _foam(case[0] / "100" / "grad(p)", push, "vector")
    of_openfoam = convert_openfoam(case[0], tmp_path / "one.nc", viscosity=NU, time="100")
    for axis, part in zip("xyz", push.T, strict=True):
        np.save(npy[0] / "komegasst" / f"komegasst_PHLL_case_1p0_gradp{axis}.npy", part)
    for path in (of_openfoam, _convert(npy[0])):
        np.testing.assert_allclose(read_stress_flow(path).pressure_gradient, push)


def test_a_vector_whose_components_differ_in_length_is_refused(npy):
    folder, _ = npy
    np.save(folder / "REF" / "REF_PHLL_case_1p0_Uz.npy", np.ones(CELLS + 1))
    with pytest.raises(InputError, match=r"Ux\.npy: has another number of cells"):
        _convert(folder)


def test_omega_comes_from_epsilon_where_a_model_has_that(npy):
    folder, values = npy
    arrays = folder / "komegasst"
    (arrays / "komegasst_PHLL_case_1p0_omega.npy").unlink()
    np.save(arrays / "komegasst_PHLL_case_1p0_epsilon.npy", 0.09 * values["rans_k"] * values["rans_omega"])
    np.testing.assert_allclose(
        read_stress_flow(_convert(folder)).dissipation, 0.09 * values["rans_k"] * values["rans_omega"]
    )


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda path: path.unlink(), "no such file"),
        (lambda path: path.write_bytes(b"\x93NUMPY"), "is damaged, or no array of numbers"),
        (lambda path: np.save(path, np.ones((CELLS, 3))), "has dns_reynolds_stress of shape"),
    ],
)
def test_bad_arrays_are_refused_and_nothing_written(npy, change, named):
    folder, _ = npy
    change(folder / "REF" / "REF_PHLL_case_1p0_tau.npy")
    with pytest.raises(InputError, match=named):
        _convert(folder)
    assert not (folder / "hill.nc").exists()


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda values: values.pop("rans_nut"), "lacks rans_nut"),
        (lambda values: values.update(rans_t=np.ones(CELLS)), "holds rans_t, which is unknown"),
        (lambda values: values.update(rans_nut=np.ones(CELLS + 1)), r"has rans_nut of shape \(5,\), must be \(4,\)"),
    ],
)
def test_what_is_no_flow_is_not_written(tmp_path, rng, change, named):
    values = _values(rng)
    change(values)
    with pytest.raises(InputError, match=named):
        write_stress_file(tmp_path / "one.nc", values, viscosity=NU)
    assert not list(tmp_path.iterdir())
