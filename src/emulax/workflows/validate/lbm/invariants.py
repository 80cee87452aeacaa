"""What must not change: mass, mirror images, turned images, the engine, a run that stops in between."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from emulax.workflows.rows import Check, Limit, Row
from emulax_lbm import CaseError, FlowCase, InflowHistory, Run, simulate, simulate_steady
from emulax_lbm.case import Precision
from emulax_lbm.engines import Engine
from emulax_lbm.problems import SQUARE_SYMMETRIES, SquareSymmetry, ball, box_vortex, laminar_cases, lopsided_box

_SHORT = {"float32": "f32", "float64": "f64"}


def checks(*, quick: bool) -> list[Check]:
    """The checks of this kind."""
    soon = [
        partial(closed_box_mass, "float32", Limit("<=", 1e-6)),
        partial(closed_box_mass, "float64", Limit("<=", 1e-12)),
        mirror_drag,
    ]
    if quick:
        return soon
    return [
        *soon,
        symmetry_defect,
        restart_bits,
        partial(engine_agreement, laminar_cases(precision="float64"), Limit("<=", 1e-12)),
        partial(engine_agreement, laminar_cases(precision="float32"), Limit("<=", 1e-6)),
    ]


def closed_box_mass(precision: Precision, limit: Limit, *, steps: int = 10_000) -> Row:
    """Relative change of mass in a closed box with a moving lid."""
    case, velocity, pressure = box_vortex(64, precision=precision)
    (flow,) = simulate([case], steps, velocity=velocity, pressure=pressure)
    return Row(
        f"lbm.closed_box.mass_drift_{_SHORT[precision]}",
        flow.certificate.mass_drift,
        "rel",
        limit,
        reference=f"nothing enters or leaves, {steps} steps, {precision}",
    )


def mirror_drag() -> Row:
    """Relative difference in drag between a circle off the axis and its mirror image."""
    flows = simulate_steady([FlowCase(ball((64, 128), (2.4, y), 16), 20.0, 16) for y in (1.7, 2.3)])
    drag = [flow.drag_coefficient for flow in flows]
    return Row(
        "lbm.mirror.drag_asymmetry",
        abs(drag[0] - drag[1]) / abs(drag[0]),
        "rel",
        Limit("<=", 1e-4),
        reference="equal drag",
    )


def symmetry_defect(
    cells: int = 48, steps: int = 1_000, symmetries: Sequence[SquareSymmetry] = SQUARE_SYMMETRIES[1:]
) -> Row:
    """Largest difference between the image of a flow and the flow of the image, over the largest speed."""
    case = lopsided_box(cells)
    (flow,) = simulate([case], steps)
    defects = []
    for symmetry in symmetries:
        (image,) = simulate([symmetry.case(case)], steps)
        defects.append(_difference(symmetry.vectors(flow.velocity), image.velocity))
    return Row(
        "lbm.rotation90.defect",
        max(defects),
        "rel",
        Limit("<=", 1e-6),
        reference=f"{len(defects)} turned and mirrored images of a driven box with a circle, {steps} steps, float32",
    )


def restart_bits(steps: int = 500) -> Row:
    """Whether a run that stops and goes on from a file, in a fresh run, has all bits of one that does not stop."""
    case = laminar_cases(precision="float32")["cylinder in a channel"]
    rising = InflowHistory(np.array([0.0, 2.0]), np.array([0.5, 1.0]))  # the step counts as well
    case = replace(case, inflow_history=rising)
    engines: tuple[Engine, ...] = ("xla", "native")
    reason = ""
    try:
        Run([case], engine="native")
    except CaseError as error:
        engines = ("xla",)
        reason = f"without the native engine: {error.problem}"
    same = [_goes_on(case, steps, engine) for engine in engines]
    return Row(
        "lbm.restart.bit_exact",
        float(all(same)),
        "bool",
        Limit(">=", 1.0),
        reference=f"a run that does not stop, {steps} steps, float32, by {' and '.join(engines)}",
        reason=reason,
    )


def _goes_on(case: FlowCase, steps: int, engine: Engine) -> bool:
    whole, first = Run([case], engine=engine), Run([case], engine=engine)
    whole.advance(steps)
    first.advance(steps // 3)
    with TemporaryDirectory() as folder:
        first.save(Path(folder) / "run")
        second = Run.restore(Path(folder) / "run", [case])
    second.advance(steps - steps // 3)
    pairs = zip(whole.state.f, second.state.f, strict=True)
    return second.steps == steps and all(np.asarray(a).tobytes() == np.asarray(b).tobytes() for a, b in pairs)


def engine_agreement(cases: Mapping[str, FlowCase], limit: Limit, *, steps: int = 1_000) -> Row:
    """Largest difference in velocity between the engines over the largest speed, in the worst of the cases."""
    (precision,) = {case.precision for case in cases.values()}
    name = f"lbm.engines.agreement_{_SHORT[precision]}"
    found = {}
    for title, case in cases.items():
        try:
            (native,) = simulate([case], steps, engine="native")
        except CaseError as error:
            if error.field != "engine":
                raise
            return Row(name, None, "rel", limit, reason=f"needs the native engine: {error.problem}")
        (xla,) = simulate([case], steps, engine="xla")
        found[title] = _difference(xla.velocity, native.velocity)
    worst = max(found, key=lambda title: found[title])
    return Row(
        name,
        found[worst],
        "rel",
        limit,
        reference=f"native against xla, {steps} steps of {len(found)} laminar cases, the worst: {worst}",
    )


def _difference(expected: np.ndarray, found: np.ndarray) -> float:
    """Largest difference over the largest speed; not a number where either flow is not."""
    speed = np.max(np.linalg.norm(expected.astype(np.float64), axis=-1))
    return float(np.max(np.abs(found.astype(np.float64) - expected)) / speed)
