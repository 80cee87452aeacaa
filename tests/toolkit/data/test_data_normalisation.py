import dataclasses

import jax.numpy as jnp
import numpy as np
import pytest

from emulax.core.config import from_dict, to_dict
from emulax.data import Normalisation


def test_normalised_fluid_has_zero_mean_and_unit_variance(make_flows):
    flows = make_flows(4)
    cells = Normalisation.of(flows).normalise(flows.fields)[flows.mask]
    np.testing.assert_allclose(cells.mean(axis=0), 0.0, atol=1e-6)
    np.testing.assert_allclose(cells.std(axis=0), 1.0, atol=1e-6)


def test_solid_cells_do_not_count(make_flows):
    flows = make_flows()
    before = Normalisation.of(flows)
    flows.pressure[~flows.mask] = 1e3
    assert Normalisation.of(flows) == before


def test_denormalise_inverts_normalise(make_flows):
    fields = make_flows().fields
    statistics = Normalisation((1.0, 0.1, -0.2), (0.5, 2.0, 0.25))
    np.testing.assert_allclose(statistics.denormalise(statistics.normalise(fields)), fields, atol=1e-6)


def test_constant_channel_keeps_its_scale(make_flows):
    flows = make_flows()
    flat = dataclasses.replace(flows, pressure=np.zeros_like(flows.pressure))
    assert (Normalisation.of(flat).offset[2], Normalisation.of(flat).scale[2]) == (0.0, 1.0)


def test_survives_json():
    statistics = Normalisation((1.0, 0.1, -0.2), (0.5, 2.0, 0.25))
    assert from_dict(Normalisation, to_dict(statistics)) == statistics


@pytest.mark.parametrize("convert", [np.asarray, jnp.asarray])
def test_single_precision_stays(convert):
    statistics = Normalisation((1.0, 0.1, -0.2), (0.5, 2.0, 0.25))
    fields = convert(np.ones((2, 4, 4, 3), np.float32))
    assert statistics.normalise(fields).dtype == statistics.denormalise(fields).dtype == np.float32
    assert isinstance(statistics.normalise(fields), type(fields))
