"""Flows by a RANS model with their truth: reading, masking, refusing."""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from emulax.core.errors import InputError
from emulax.data.stresses import OPTIONAL, VARIABLES, check_apart, read_stress_flow, read_stress_flows, realizable
from emulax.data.stresses.structured import gradient

SHAPE = (5, 4)


@pytest.fixture
def dataset(rng):
    """A flow of 20 cells on a skewed mesh in the y, z plane, k linear in both."""
    cells = SHAPE[0] * SHAPE[1]
    z, y = np.meshgrid(np.linspace(0.1, 1.0, SHAPE[0]) ** 2, np.linspace(0.1, 2.0, SHAPE[1]), indexing="ij")
    centre = np.stack([np.zeros(cells), (y + 0.2 * z).ravel(), z.ravel()], axis=1)
    root = rng.standard_normal((cells, 3, 3))
    values = {name: rng.uniform(0.5, 1.0, (cells, *variable.components)) for name, variable in VARIABLES.items()}
    values["cell_centre"] = centre
    values["rans_k"] = 1.0 + 0.3 * centre[:, 1] + 0.2 * centre[:, 2]
    values["dns_reynolds_stress"] = root @ np.swapaxes(root, 1, 2)
    dims = ("cell", "row", "col")
    arrays = {
        name: (dims[: 1 + len(VARIABLES[name].components)], array, {"units": VARIABLES[name].units})
        for name, array in values.items()
    }
    attributes = {"nu": 1e-3, "split": "train", "flow_family": "duct", "bulk_velocity": 2.5, "structured_shape": SHAPE}
    return xr.Dataset(arrays, attrs=attributes)


@pytest.fixture
def written(dataset, tmp_path):
    """Writes a changed copy of the dataset and returns its path."""

    def write(change=lambda dataset: dataset, name="one"):
        path = tmp_path / f"{name}.nc"
        change(dataset.copy(deep=True)).to_netcdf(path, engine="h5netcdf")
        return path

    return write


def _replaced(name, index, value):
    def change(dataset):
        dataset[name].values[index] = value
        return dataset

    return change


def _without_viscosity(dataset):
    del dataset.attrs["nu"]
    return dataset


def test_a_flow_is_read(written, dataset):
    flow = read_stress_flow(written())
    assert (flow.name, flow.family, flow.split, flow.shape) == ("one", "duct", "train", SHAPE)
    assert flow.facts["bulk_velocity"] == 2.5
    np.testing.assert_allclose(flow.dissipation, 0.09 * dataset["rans_k"] * dataset["rans_omega"])


def test_anisotropy_is_that_of_the_true_stress(written, dataset):
    flow = read_stress_flow(written())
    stress = dataset["dns_reynolds_stress"].values
    energy = np.trace(stress, axis1=1, axis2=2) / 2.0
    np.testing.assert_allclose(flow.true_anisotropy, stress / (2.0 * energy)[:, None, None] - np.eye(3) / 3.0)
    np.testing.assert_allclose(np.exp(flow.log_energy_ratio), energy / dataset["rans_k"])


def test_eddy_viscosity_of_the_truth_makes_the_nearest_stress_of_its_strain(written):
    """What it leaves is orthogonal to the strain rate, where it is positive."""
    flow = read_stress_flow(written())
    strain = flow.true_strain_rate
    left = flow.true_stress + 2.0 * flow.true_eddy_viscosity[:, None, None] * strain
    along = (left * strain).sum((1, 2)) / np.sqrt((strain**2).sum((1, 2)))
    positive = flow.true_eddy_viscosity > 0.0
    np.testing.assert_allclose(along[positive], 0.0, atol=1e-12)
    assert (along[~positive] >= 0.0).all()


def test_a_turned_flow_has_the_turned_anisotropy(written, rng):
    push = (("cell", "row"), rng.standard_normal((20, 3)), {"units": "m s-2"})
    flow = read_stress_flow(written(lambda data: data.assign(rans_grad_p=push)))
    frame, _ = np.linalg.qr(rng.standard_normal((3, 3)))
    turned = flow.turned(frame)
    np.testing.assert_allclose(turned.true_anisotropy, frame @ flow.true_anisotropy @ frame.T, atol=1e-12)
    np.testing.assert_allclose(turned.true_eddy_viscosity, flow.true_eddy_viscosity, atol=1e-12)
    for name in ("kinetic_energy_gradient", "pressure_gradient"):
        slopes = (turned.velocity_gradient @ getattr(turned, name)[..., None])[..., 0]
        there = (flow.velocity_gradient @ getattr(flow, name)[..., None])[..., 0]
        np.testing.assert_allclose(slopes, there @ frame.T, atol=1e-12)


def test_gradient_of_k_comes_from_the_mesh_where_the_file_has_none(written):
    np.testing.assert_allclose(read_stress_flow(written()).kinetic_energy_gradient, [[0.0, 0.3, 0.2]] * 20, atol=1e-12)


def test_gradient_of_k_is_the_files_where_it_has_one(written, dataset):
    given = np.ones((20, 3))
    path = written(lambda data: data.assign(rans_grad_k=(("cell", "row"), given, {"units": "m s-2"})))
    np.testing.assert_array_equal(read_stress_flow(path).kinetic_energy_gradient, given)


def test_gradient_of_the_pressure_comes_from_the_file_or_from_its_pressure(written, dataset):
    units = {"units": "m s-2"}
    pressure = ("cell", 2.0 - 0.5 * dataset["cell_centre"].values[:, 1], {"units": "m2 s-2"})
    by_mesh = read_stress_flow(written(lambda data: data.assign(rans_p=pressure)))
    np.testing.assert_allclose(by_mesh.pressure_gradient, [[0.0, -0.5, 0.0]] * 20, atol=1e-12)
    given = (("cell", "row"), np.ones((20, 3)), units)
    np.testing.assert_array_equal(
        read_stress_flow(written(lambda data: data.assign(rans_grad_p=given))).pressure_gradient, 1.0
    )
    assert read_stress_flow(written()).pressure_gradient is None


def test_a_mesh_without_structure_needs_the_gradient_of_k(written):
    def unstructured(data):
        del data.attrs["structured_shape"]
        return data

    with pytest.raises(InputError, match="lacks rans_grad_k, and the mesh is not structured"):
        read_stress_flow(written(unstructured))


@pytest.mark.parametrize(
    "stress", [-np.eye(3), np.full((3, 3), np.nan), np.diag([2.0, 1.0, -0.5]), np.zeros((3, 3))], ids=str
)
def test_truth_that_cannot_be_is_masked(written, stress):
    flow = read_stress_flow(written(_replaced("dns_reynolds_stress", 3, stress)))
    assert (~flow.valid).nonzero()[0].tolist() == [3]
    np.testing.assert_array_equal(flow.true_anisotropy[3], 0.0)


def test_cells_that_the_file_calls_bad_are_masked(written):
    bad = np.arange(20) != 7
    flow = read_stress_flow(written(lambda data: data.assign(valid=("cell", bad))))
    np.testing.assert_array_equal(flow.valid, bad)


def test_rounding_leaves_a_stress_realizable():
    assert realizable(np.diag([1.0, 1.0, -1e-4])[None]).all()


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda data: data.drop_vars(["rans_k", "volume"]), "lacks volume, rans_k"),
        (_without_viscosity, "lacks attribute nu"),
        (_replaced("rans_k", 2, 0.0), "has 1 cells with rans_k <= 0"),
        (_replaced("rans_k", slice(2), -1.0), "has 2 cells with rans_k <= 0"),
        (_replaced("rans_grad_u", 5, np.inf), "has values of rans_grad_u that are not finite"),
        (_replaced("rans_nut", slice(None), 1e6), "units are mixed"),
        (lambda data: data.assign_attrs(structured_shape=(3, 4)), "has structured_shape"),
        (
            lambda data: data.assign(rans_k=("cell", data["rans_k"].values, {"units": "mm2 s-2"})),
            "has rans_k in mm2 s-2, must be in m2 s-2",
        ),
        (
            lambda data: data.assign(rans_grad_u=(("cell", "row"), np.ones((20, 3)))),
            r"has rans_grad_u of shape \(20, 3\)",
        ),
    ],
)
def test_what_is_no_flow_is_refused(written, change, named):
    with pytest.raises(InputError, match=named):
        read_stress_flow(written(change))


def test_a_file_that_is_no_netcdf_is_refused(tmp_path):
    (tmp_path / "no.nc").write_text("nothing")
    with pytest.raises(InputError, match="is damaged, or no NetCDF file"):
        read_stress_flow(tmp_path / "no.nc")


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        read_stress_flow(tmp_path / "no.nc")


def test_a_folder_is_read_by_name(written):
    folder = written(name="a").parent
    written(name="b")
    assert list(read_stress_flows(folder)) == ["a", "b"]


def test_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"holds no \.nc files"):
        read_stress_flows(tmp_path)


def test_a_flow_in_both_splits_is_refused(written):
    one = read_stress_flow(written(name="one"))
    renamed = read_stress_flow(written(name="two"))
    with pytest.raises(InputError, match="holds two, which is one of the training flows"):
        check_apart([one], [renamed])


def test_other_flows_are_apart(written):
    one = read_stress_flow(written(name="one"))
    other = read_stress_flow(written(_replaced("dns_reynolds_stress", 0, np.eye(3)), name="two"))
    check_apart([one], [other])


def test_every_variable_is_documented():
    documented = (Path(__file__).parents[3] / "docs" / "data.md").read_text(encoding="utf-8")
    assert [name for name in VARIABLES | OPTIONAL if f"`{name}`" not in documented] == []


def test_gradient_on_a_curved_mesh_is_of_second_order():
    def error(cells):
        angle, radius = np.meshgrid(np.linspace(0.0, 1.5, cells), np.linspace(1.0, 2.0, cells), indexing="ij")
        centre = np.stack([radius * np.cos(angle), np.zeros_like(angle), radius * np.sin(angle)], axis=-1)
        x, z = centre[..., 0], centre[..., 2]
        found = gradient(np.sin(x * z).ravel(), centre.reshape(-1, 3), angle.shape).reshape(cells, cells, 3)
        exact = np.stack([z * np.cos(x * z), np.zeros_like(x), x * np.cos(x * z)], axis=-1)
        return np.abs(found - exact)[1:-1, 1:-1].max()

    assert np.log2(error(20) / error(40)) > 1.8
