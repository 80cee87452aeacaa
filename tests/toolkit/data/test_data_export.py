import meshio
import numpy as np
import pytest
import xarray as xr

from emulax.core.errors import RunError
from emulax.data import write_prediction, write_vtu


@pytest.fixture
def flow(make_flows):
    flows = make_flows(1)
    arguments = {"sdf": flows.sdf[0], "mask": flows.mask[0], "cells_per_length": 4}
    return flows.fields[0], arguments


def test_netcdf_holds_fields_with_coordinates_and_units(tmp_path, flow):
    fields, arguments = flow
    write_prediction(tmp_path / "p.nc", fields, **arguments, reynolds=20.0, source="U-Net")
    with xr.open_dataset(tmp_path / "p.nc", engine="h5netcdf") as dataset:
        np.testing.assert_array_equal(dataset["velocity"], fields[..., :2])
        assert dataset["velocity"].dims == ("y", "x", "component")
        np.testing.assert_array_equal(dataset["pressure"], fields[..., 2])
        np.testing.assert_array_equal(dataset["mask"], arguments["mask"])
        assert (dataset["pressure"].units, dataset["x"].units) == ("rho U^2", "D")
        assert float(dataset["x"][0]) == 0.125
        assert (float(dataset["reynolds"]), dataset.attrs["source"]) == (20.0, "U-Net")


@pytest.fixture
def mesh(tmp_path, flow):
    fields, arguments = flow
    write_vtu(tmp_path / "p.vtu", fields, **arguments)
    return meshio.read(tmp_path / "p.vtu")


def test_vtu_cells_are_squares_at_the_cell_centres(mesh):
    corners = mesh.points[mesh.cells_dict["quad"]]
    y, x = np.meshgrid((np.arange(6) + 0.5) / 4, (np.arange(10) + 0.5) / 4, indexing="ij")
    expected = np.stack([x, y, np.zeros_like(x)], axis=-1).reshape(-1, 3)
    np.testing.assert_allclose(corners.mean(axis=1), expected, atol=1e-7)


def test_vtu_cells_turn_counter_clockwise(mesh):
    a, b, c, d = np.moveaxis(mesh.points[mesh.cells_dict["quad"]], 1, 0)
    np.testing.assert_allclose(np.cross(b - a, d - a)[:, 2], 1 / 16)
    np.testing.assert_allclose(c - b, d - a)


def test_vtu_carries_the_fields_cell_by_cell(mesh, flow):
    fields, arguments = flow
    data = {name: values[0] for name, values in mesh.cell_data.items()}
    np.testing.assert_array_equal(data["velocity"][:, :2], fields[..., :2].reshape(-1, 2))
    np.testing.assert_array_equal(data["velocity"][:, 2], 0.0)
    np.testing.assert_array_equal(data["pressure"], fields[..., 2].ravel())
    np.testing.assert_array_equal(data["sdf"], arguments["sdf"].ravel())
    np.testing.assert_array_equal(data["mask"], arguments["mask"].ravel())


def test_vtu_that_cannot_be_written_is_a_run_error(tmp_path, flow):
    fields, arguments = flow
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="cannot be written"):
        write_vtu(tmp_path / "file" / "p.vtu", fields, **arguments)
