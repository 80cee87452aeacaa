"""The checks of the RANS solver and its closures: what they measure, and that they would notice."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest

from emulax.core.errors import InputError
from emulax.models.tensor_basis import gradients as bounding
from emulax.models.tensor_basis import network
from emulax.workflows.rows import Row, all_passed
from emulax.workflows.validate import rans, validate_rans
from emulax.workflows.validate.rans import exact, gradients, injection, invariance, references
from emulax_rans import turbulence


def test_every_check_gives_its_row_in_turn(monkeypatch):
    kinds = ("invariance", "references", "exact", "gradients")
    for kind in kinds:
        monkeypatch.setattr(
            getattr(rans, kind), "checks", lambda *, quick, kind=kind: [partial(Row, f"{kind} {quick}", 1.0)]
        )
    monkeypatch.setattr(rans.injection, "checks", lambda data: [partial(Row, f"injection {data}", 1.0)])
    ids = [row.id for row in validate_rans(quick=True, data=Path("there"))]
    assert ids == [*(f"{kind} True" for kind in kinds), "injection there"]


@pytest.mark.parametrize(("precision", "limit"), [("float64", 1e-12), ("float32", 1e-5)])
def test_models_are_equivariant(precision, limit):
    assert invariance.equivariance(precision, limit, points=50).passed


def test_a_clip_of_components_is_noticed(monkeypatch):
    plain = bounding.bounded_gradient

    def clipped(flow):
        strain, rotation, size = plain(flow)
        return bounding.BoundedGradient(jnp.clip(strain, -0.1, 0.1), rotation, size)

    monkeypatch.setattr("emulax.models.tensor_basis.features.bounded_gradient", clipped)
    assert invariance.equivariance("float64", 1e-12, points=50).passed is False


def test_models_are_realizable():
    assert invariance.unrealizable(points=500).passed


def test_a_sum_of_tensors_that_is_not_realizable_is_noticed(monkeypatch):
    monkeypatch.setattr(network, "anisotropy", lambda g, t: jnp.einsum("...n,...nij->...ij", g, t))
    assert invariance.unrealizable(points=500).passed is False


def test_channel_is_near_the_direct_simulation():
    row = references.channel("547", cells=40)
    assert row.id == "rans.channel547.centre_u_plus"
    assert row.passed


@pytest.mark.slow
def test_a_wrong_constant_is_noticed(monkeypatch):
    monkeypatch.setattr(turbulence.k_omega_sst, "_BETA_STAR", 0.06)
    assert references.channel("547", cells=41).passed is False


@pytest.mark.slow
def test_square_duct_has_no_secondary_flow_by_a_linear_closure():
    assert references.secondary_flow(cells=10).passed


@pytest.mark.slow
def test_derivatives_through_the_solve_are_right():
    assert gradients.through_the_solve(cells=6).passed


@pytest.mark.slow
def test_solver_is_of_second_order():
    assert exact.manufactured_order((20, 40), (10, 20)).passed


def test_without_reference_data_the_row_says_so(monkeypatch):
    monkeypatch.delenv("EMULAX_REFERENCE_DATA", raising=False)
    (check,) = injection.checks(None)
    row = check()
    assert (row.passed, row.reason) == (None, "needs reference data")


def test_reference_data_that_are_not_there_are_refused(tmp_path):
    with pytest.raises(InputError, match="is no folder"):
        injection.checks(tmp_path / "none")[0]()


@pytest.mark.slow
def test_quick_run_passes_and_its_rows_are_documented():
    rows = validate_rans(quick=True)
    assert all_passed(rows)
    documented = (Path(__file__).parents[3] / "docs" / "commands.md").read_text(encoding="utf-8")
    assert [row.id for row in rows if f"`{row.id}`" not in documented] == []
    assert np.isfinite([row.value for row in rows if row.value is not None]).all()
