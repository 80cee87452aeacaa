"""The stress of a direct simulation put into the solver: the ceiling of any closure."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np

from emulax.data.stresses import read_stress_flow, reference_folder
from emulax.workflows.ducts import duct_of, in_plane_rms, true_stress_of
from emulax.workflows.rows import Check, Limit, Row
from emulax_rans import solve_velocity

_DUCTS = ("AR_1_Ret_180", "AR_3_Ret_180")
_LIMIT = Limit("<=", 0.15)


def checks(data: Path | None) -> list[Check]:
    """The checks of this kind."""
    return [partial(dns_injection, data)]


def dns_injection(data: Path | None) -> Row:
    """Error of the in-plane velocity's rms with the stress of the direct simulation; the worse of two ducts."""
    name = "rans.duct.dns_injection"
    folder = reference_folder(data)
    if folder is None:
        return Row(name, None, "rel", _LIMIT, reason="needs reference data")
    found = []
    for duct in _DUCTS:
        case = duct_of(read_stress_flow(folder / "rans" / f"{duct}.nc"))
        flow = solve_velocity(case.case, true_stress_of(case))
        truth, ours = in_plane_rms(case, case.true_velocity), in_plane_rms(case, np.asarray(flow.velocity))
        found.append((abs(ours / truth - 1.0), f"{duct} {ours:.4g} against {truth:.4g} U_b"))
    worst = max(found)
    return Row(
        name,
        worst[0],
        "rel",
        _LIMIT,
        reference="rms over the section of the direct simulation",
        source="vinuesalab.com/duct",
        reason="; ".join(text for _, text in found),
    )
