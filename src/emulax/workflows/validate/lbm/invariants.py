"""What must not change: mass, momentum, images in mirrors and turned, the engine, the neighbours, a run that stops."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import get_args

import numpy as np

from emulax.workflows.rows import Check, Limit, Row
from emulax_lbm import (
    Flow,
    FlowCase,
    InflowHistory,
    Run,
    SteadyOptions,
    common_setup,
    simulate,
    simulate_steady,
)
from emulax_lbm.case import Precision
from emulax_lbm.engines import Engine, why_not_native
from emulax_lbm.problems import (
    SQUARE_SYMMETRIES,
    SquareSymmetry,
    TaylorGreen,
    ball,
    box_vortex,
    laminar_cases,
    lopsided_box,
)

_SHORT = {"float32": "f32", "float64": "f64"}


def checks(*, quick: bool) -> list[Check]:
    """The checks of this kind."""
    soon = [
        partial(closed_box_mass, "float32", Limit("<=", 1e-6)),
        partial(closed_box_mass, "float64", Limit("<=", 1e-12)),
        momentum_drift,
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
        quarantine,
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


def momentum_drift(cells: int = 64, *, steps: int = 10_000) -> Row:
    """Change of the momentum of a stream with a vortex in a periodic box, over the momentum."""
    problem = TaylorGreen()
    start = problem.velocity(cells, 0.0) + np.array([0.5, 0.25])
    pressure = problem.pressure(cells, 0.0)[None]
    (flow,) = simulate([problem.case(cells, lattice_velocity=0.04)], steps, velocity=start[None], pressure=pressure)
    before, after = (velocity.mean(axis=(0, 1)) for velocity in (start, flow.velocity))
    return Row(
        "lbm.periodic_box.momentum_drift",
        float(np.linalg.norm(after - before) / np.linalg.norm(before)),
        "rel",
        Limit("<=", 1e-12),
        reference=f"nothing pushes, {steps} steps, float64",
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
    missing = why_not_native(common_setup([case]))
    engines: list[Engine] = ["xla"] if missing else ["xla", "native"]
    same = [_goes_on(case, steps, engine) for engine in engines]
    return Row(
        "lbm.restart.bit_exact",
        float(all(same)),
        "bool",
        Limit(">=", 1.0),
        reference=f"a run that does not stop, {steps} steps, float32, by {' and '.join(engines)}",
        reason=missing and f"without the native engine: {missing}",
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
        if reason := why_not_native(common_setup([case])):
            return Row(name, None, "rel", limit, reason=f"needs the native engine: {reason}")
        (native,) = simulate([case], steps, engine="native")
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


def quarantine(cells: int = 16) -> Row:
    """Whether a case that blows up is named and leaves the bits of the others as they are, in either engine.

    It starts at thirty times the speed of the others, which no lattice can carry.
    """
    name, limit = "lbm.ensemble.quarantine", Limit(">=", 1.0)
    shape = (3 * cells, 6 * cells)
    cases = [FlowCase(ball(shape, (2.0, 1.5), cells), reynolds, cells) for reynolds in (7.0, 20.0, 10.0)]
    if reason := why_not_native(common_setup(cases)):
        return Row(name, None, "bool", limit, reason=f"needs the native engine: {reason}")
    velocity = np.stack([case.inflow_velocity() for case in cases])
    velocity[1] *= 30.0
    options = SteadyOptions(tolerance=1e-3, force_tolerance=1e-2, coarse_start=False, batch=2)
    kept = True
    for engine in get_args(Engine):
        first, spoilt, last = simulate_steady(cases, options, velocity=velocity, engine=engine)
        without = simulate_steady([cases[0], cases[2]], options, velocity=velocity[[0, 2]], engine=engine)
        kept &= spoilt.certificate.reason.startswith("diverged")
        kept &= all(_same_bits(one, other) for one, other in zip((first, last), without, strict=True))
    return Row(
        name,
        float(kept),
        "bool",
        limit,
        reference="fields, forces and certificates of a batch of three, one of which blows up, in both engines",
    )


def _same_bits(one: Flow, other: Flow) -> bool:
    fields = all(getattr(one, name).tobytes() == getattr(other, name).tobytes() for name in ("velocity", "pressure"))
    numbers = ("drag_coefficient", "lift_coefficient", "time", "certificate")
    return fields and all(getattr(one, name) == getattr(other, name) for name in numbers)


def _difference(expected: np.ndarray, found: np.ndarray) -> float:
    """Largest difference over the largest speed; not a number where either flow is not."""
    speed = np.max(np.linalg.norm(expected.astype(np.float64), axis=-1))
    return float(np.max(np.abs(found.astype(np.float64) - expected)) / speed)
