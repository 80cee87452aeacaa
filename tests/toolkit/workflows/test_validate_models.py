"""The checks of the networks: what they measure, and that they would notice."""

from __future__ import annotations

from functools import partial

import pytest

from emulax.models.blocks import SpectralConvolution
from emulax.models.sdf_flow import FlowModelConfig, GuoConfig, UNetConfig
from emulax.training import TrainingConfig
from emulax.workflows.rows import Row, all_passed
from emulax.workflows.train import SurrogateConfig
from emulax.workflows.validate import models, validate_models
from emulax.workflows.validate.models import exact, geometry, published


@pytest.mark.parametrize("quick", [True, False])
def test_every_check_gives_its_row_in_turn(monkeypatch, quick):
    for kind in ("published", "exact"):
        monkeypatch.setattr(getattr(models, kind), "checks", lambda kind=kind: [partial(Row, kind, 1.0)])
    monkeypatch.setattr(models.geometry, "rows", lambda: [Row("geometry", 1.0)])
    expected = ["published", "exact"] if quick else ["published", "exact", "geometry"]
    assert [row.id for row in validate_models(quick=quick)] == expected


def test_layers_of_guo_are_as_published():
    assert all_passed([check() for check in published.checks()])


def test_a_layer_of_another_size_is_noticed(monkeypatch):
    monkeypatch.setattr(published, "GuoConfig", partial(GuoConfig, width_scale=0.5))
    assert [check().passed for check in published.checks()] == [False] * 8


def test_spectral_convolution_differentiates():
    assert exact.fno_derivative((2, 3)).passed


def test_a_wrong_wave_number_is_noticed(monkeypatch):
    monkeypatch.setattr(exact, "SpectralConvolution", partial(SpectralConvolution, padding=0.01))
    assert exact.fno_derivative((2, 3)).passed is False


def test_mirrored_shape_has_the_mirrored_flow():
    assert exact.mirror_defect("fno").passed


def test_a_network_that_tells_left_from_right_is_noticed(monkeypatch):
    monkeypatch.setattr(
        exact,
        "FlowModelConfig",
        lambda *args, **options: FlowModelConfig(*args, **options | {"mirror_equivariant": False}),
    )
    assert exact.mirror_defect("fno").passed is False


@pytest.mark.slow
def test_trained_networks_are_judged_by_their_sensitivity(recipe, monkeypatch):
    tiny = {"unet": UNetConfig(widths=(8, 8), mixing_heads=0), "guo2016": GuoConfig(width_scale=0.05)}
    once = TrainingConfig(epochs=1, batch_size=2)
    surrogates = {name: SurrogateConfig(network, training=once) for name, network in tiny.items()}
    monkeypatch.setattr(geometry, "SURROGATES", surrogates)
    *each, worst = geometry.rows(recipe=str(recipe), size="small")
    assert [row.id for row in each] == ["models.unet.sensitivity", "models.guo2016.sensitivity"]
    assert worst.value == min(row.value for row in each)
    assert [row.passed for row in each] == [False, False]  # one epoch teaches neither to look at the shape
