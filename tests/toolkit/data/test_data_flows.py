import dataclasses

import numpy as np
import pytest

from emulax.core.errors import InputError
from emulax.data import FlowData
from emulax.data.dataset import to_dataset


def test_take_selects_arrays_and_certificates_alike(make_flows):
    picked = make_flows(4).take(np.array([2, 0]))
    assert list(picked.sample_id) == ["s0002", "s0000"]
    assert list(picked.certificate.steps) == [2, 0]


def test_parts_concatenate_to_the_whole(make_flows):
    whole = make_flows(4)
    joined = FlowData.concatenate([whole.take(slice(0, 1)), whole.take(slice(1, 4))])
    assert to_dataset(joined).identical(to_dataset(whole))


def test_parts_of_different_resolution_do_not_join(make_flows):
    coarse = make_flows()
    fine = dataclasses.replace(coarse, cells_per_length=8)
    with pytest.raises(InputError, match="must have one in common"):
        FlowData.concatenate([coarse, fine])


def test_no_parts_do_not_join():
    with pytest.raises(InputError, match="flows"):
        FlowData.concatenate([])


def test_channels_are_velocity_then_pressure(make_flows):
    flows = make_flows()
    np.testing.assert_array_equal(flows.fields[..., :2], flows.velocity)
    np.testing.assert_array_equal(flows.fields[..., 2], flows.pressure)


def test_inputs_hold_no_targets(make_flows):
    flows = make_flows()
    assert len(flows.inputs) == len(flows) == 3
    assert [field.name for field in dataclasses.fields(flows.inputs)] == ["sdf", "mask", "reynolds", "inflow"]
