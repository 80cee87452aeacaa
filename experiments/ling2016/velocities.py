"""The velocity that a stress makes in a duct: of models, and of the truth as the ceiling."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import jax.numpy as jnp
import numpy as np
from jaxtyping import Float64
from tables import mean_row

from emulax.core.errors import RunError
from emulax.core.progress import log
from emulax.data.stresses import StressFlow
from emulax.models.tensor_basis import TensorBasisNetwork
from emulax.workflows.ducts import Duct, DuctErrors, corner_signs, duct_errors, duct_of, true_stress_of
from emulax.workflows.rows import Limit, Row
from emulax.workflows.velocities import closed_loop, velocity_of
from emulax_rans import ReynoldsStress, local_condition_number, solve_velocity

CONDITIONED = "AR_1_Ret_180"
"""The duct of which the condition number is taken: its matrix is dense."""


@dataclass(frozen=True)
class Judged:
    """A velocity in a duct and how far it is from the truth.

    Args:
        velocity: In bulk velocities.
        errors: Against the truth.
        signs: Correlation of the in-plane velocity with the truth on both sides of the corner's bisector.
    """

    velocity: Float64[np.ndarray, "z y 3"]
    errors: DuctErrors
    signs: tuple[float, float]


def judge(duct: Duct, network: TensorBasisNetwork) -> Judged:
    """What a network makes of a duct.

    Raises:
        RunError: The solve did not converge.
    """
    flow = velocity_of(network, duct)
    if not flow.converged:
        raise RunError(f"the velocity of a network's stress: {flow.reason}")
    velocity = np.asarray(flow.velocity)
    return Judged(velocity, duct_errors(duct, flow.velocity), corner_signs(duct, velocity))


def velocity_rows(duct: Duct, judged: Mapping[str, Sequence[Judged]]) -> list[Row]:
    """The judged duct: before and after the training through the solver."""
    of_model = duct_errors(duct, duct.model_flow.velocity)
    rows = [Row("ling2016.sst.ar7.streamwise", float(of_model.streamwise), "U_b", reason="rms by volume")]
    limits = {"streamwise_vs_sst": Limit("<=", 0.4), "inplane": Limit("<=", 0.5)}
    for name, seeds in judged.items():
        # The judged rows are those of the model that was trained through the solver.
        prefix, bounds = ("ar7", limits) if name == "fitted" else (f"{name}.ar7", {})
        note = "one-shot, equal bulk velocity"
        streamwise, in_plane = ([float(getattr(one.errors, part)) for one in seeds] for part in DuctErrors._fields[1:])
        signs = [min(one.signs) for one in seeds]
        rows += [
            mean_row(f"{prefix}.streamwise_vs_sst", streamwise, "x", bounds.get("streamwise_vs_sst"), note=note),
            mean_row(f"{prefix}.inplane", in_plane, "x", bounds.get("inplane"), note=note),
            mean_row(
                f"{prefix}.corner_correlation",
                signs,
                "1",
                Limit(">=", 0.5) if bounds else None,
                note="in-plane velocity, the worse side of the bisector",
            ),
        ]
    ratios = [
        max(
            float(after.errors.streamwise / before.errors.streamwise),
            float(after.errors.in_plane / before.errors.in_plane),
        )
        for before, after in zip(judged["apriori"], judged["fitted"], strict=True)
    ]
    note = "the larger of streamwise and in-plane, on a duct that neither has seen"
    rows.append(mean_row("trained_through_solver", ratios, "x", Limit("<=", 1.0), note=note))
    return rows


def closed_rows(duct: Duct, networks: Mapping[str, Sequence[TensorBasisNetwork]]) -> list[Row]:
    """The judged duct by networks that look at the flow they make themselves, trained for it and not.

    Beside them what the same networks make of the turbulence model's flow alone.
    """
    rows = []
    for name, seeds in networks.items():
        ended = []
        for network in seeds:
            ended.append(closed_loop(network, duct))
            log.info("%s, looking at its own flow: %s", name, ended[-1].reason)
        note = "; ".join(one.reason for one in ended)
        errors = [duct_errors(duct, one.velocity) for one in ended]
        prefix = f"closed_loop.{name}"
        rows += [
            mean_row(f"{prefix}.closed", [float(one.closed) for one in ended], "1", note=note),
            mean_row(f"{prefix}.ar7.streamwise_vs_sst", [float(one.streamwise_ratio) for one in errors], "x"),
            mean_row(f"{prefix}.ar7.inplane", [float(one.in_plane) for one in errors], "x"),
            mean_row(
                f"{prefix}.ar7.corner_correlation",
                [min(corner_signs(duct, np.asarray(one.velocity))) for one in ended],
                "1",
                note="the worse side of the bisector",
            ),
        ]
        once = [judge(duct, network).errors for network in seeds]
        rows += [
            mean_row(f"{prefix}.one_look.streamwise_vs_sst", [float(one.streamwise_ratio) for one in once], "x"),
            mean_row(f"{prefix}.one_look.inplane", [float(one.in_plane) for one in once], "x"),
        ]
    return rows


def ceiling_rows(flows: Mapping[str, StressFlow]) -> list[Row]:
    """The true stress in the solver; the true anisotropy with SST's energy; and how ill-conditioned each split is."""
    rows = []
    for name, flow in flows.items():
        duct = duct_of(flow)
        energy = np.exp(-flow.log_energy_ratio).reshape(duct.case.section.shape)
        for label, ratio in (("dns_b_dns_k", 1.0), ("dns_b_sst_k", energy)):
            solved = solve_velocity(duct.case, true_stress_of(duct, ratio))
            found = duct_errors(duct, solved.velocity)
            rows += [
                Row(
                    f"ling2016.ceiling.{label}.streamwise_vs_sst_{name}",
                    float(found.streamwise_ratio),
                    "x",
                    reason=solved.reason,
                ),
                Row(f"ling2016.ceiling.{label}.inplane_{name}", float(found.in_plane), "x", reason=solved.reason),
            ]
        if name == CONDITIONED:
            rows += _condition_rows(duct)
    return rows


def _condition_rows(duct: Duct) -> list[Row]:
    """Wu's condition number with the linear part of the true stress implicit, and with all of it explicit."""
    implicit = true_stress_of(duct)
    deviator = implicit.remainder - 2.0 * implicit.eddy_viscosity[..., None, None] * duct.true_strain_rate
    explicit = ReynoldsStress(jnp.zeros_like(implicit.eddy_viscosity), deviator)
    flow, rows = solve_velocity(duct.case, implicit), []
    for name, parts in (("implicit", implicit), ("explicit", explicit)):
        found = np.asarray(local_condition_number(duct.case, flow, parts))
        mean = float(np.sqrt((duct.share * found**2).sum()))
        note = f"root mean square over the section, largest {found.max():.3g}"
        rows.append(Row(f"ling2016.condition.{name}_{CONDITIONED}", mean, "1", reason=note))
    return rows
