from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from emulax.core.errors import InputError
from emulax.data import Predictions, read_predictions, write_predictions


@pytest.fixture
def predictions(make_flows):
    flows = make_flows(3)
    return Predictions(flows.sample_id, flows.fields, "somebody's model")


@pytest.fixture
def relabelled(tmp_path, predictions):
    """Writes the predictions as a file that was changed."""

    def write(change):
        write_predictions(tmp_path / "p.nc", predictions, cells_per_length=4)
        with xr.open_dataset(tmp_path / "p.nc", engine="h5netcdf") as file:
            change(file.load()).to_netcdf(tmp_path / "changed.nc", engine="h5netcdf")
        return tmp_path / "changed.nc"

    return write


def test_round_trip(tmp_path, predictions):
    write_predictions(tmp_path / "p.nc", predictions, cells_per_length=4)
    read = read_predictions(tmp_path / "p.nc", cells_per_length=4)
    np.testing.assert_array_equal(read.fields, predictions.fields)
    assert (list(read.sample_id), read.source) == (list(predictions.sample_id), "somebody's model")


def test_fields_come_in_the_order_of_the_flows(make_flows, predictions):
    flows = make_flows(3).take(np.array([2, 0]))
    np.testing.assert_array_equal(predictions.of(flows), flows.fields)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda p: replace(p, sample_id=p.sample_id[:2], fields=p.fields[:2]), "lack 1 of 3 flows, such as s0002"),
        (lambda p: replace(p, sample_id=p.sample_id[[0, 1, 1]]), "3 samples with 2 identifiers"),
        (lambda p: replace(p, fields=p.fields[:, 1:]), r"have \(5, 10, 3\) as"),
        (lambda p: replace(p, fields=np.full_like(p.fields, np.nan)), "not finite"),
    ],
    ids=["missing", "twice", "grid", "nan"],
)
def test_predictions_that_do_not_fit_are_refused(make_flows, predictions, change, message):
    with pytest.raises(InputError, match=message):
        change(predictions).of(make_flows(3))


def test_another_file_is_refused_in_one_line(tmp_path):
    (tmp_path / "p.nc").write_text("not NetCDF")
    with pytest.raises(InputError, match=r"p\.nc: cannot be read as predictions: .+"):
        read_predictions(tmp_path / "p.nc", cells_per_length=4)


def test_a_file_that_is_not_there_is_said_to_be_so(tmp_path):
    with pytest.raises(InputError, match=r"p\.nc: no such file$"):
        read_predictions(tmp_path / "p.nc", cells_per_length=4)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda file: file.assign_attrs(cells_per_length=8), "has 8 cells in D, must have 4"),
        (lambda file: file.assign_coords(x=file["x"] / 2), "has other x than"),
        (lambda file: file.assign_coords(y=file["y"][::-1].values), "has other y than"),
        (lambda file: file.isel(component=[1, 0]), "has components y, x, must"),
    ],
    ids=["cells", "x", "y", "component"],
)
def test_other_cells_or_components_are_refused(relabelled, change, message):
    with pytest.raises(InputError, match=message):
        read_predictions(relabelled(change), cells_per_length=4)


def test_a_file_need_not_name_its_cells_and_components(relabelled, predictions):
    path = relabelled(lambda file: file.drop_attrs().drop_vars(["x", "y", "component"]))
    np.testing.assert_array_equal(read_predictions(path, cells_per_length=4).fields, predictions.fields)
