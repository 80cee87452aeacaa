from dataclasses import replace

import numpy as np
import pytest

from emulax.core.errors import InputError
from emulax.data import Predictions, read_predictions, write_predictions


@pytest.fixture
def predictions(make_flows):
    flows = make_flows(3)
    return Predictions(flows.sample_id, flows.fields, "somebody's model")


def test_round_trip(tmp_path, predictions):
    write_predictions(tmp_path / "p.nc", predictions, cells_per_length=4)
    read = read_predictions(tmp_path / "p.nc")
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
        read_predictions(tmp_path / "p.nc")
