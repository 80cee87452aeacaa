"""What the data is: recipe, samples, rejections, certificates, forces."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence

import numpy as np

from emulax.data import SPLITS, FlowData, Manifest
from emulax.data.schema import CERTIFICATE
from emulax.datagen import Rerun
from emulax.report.content import ReportContent
from emulax.report.elements import Html, captioned, code, element, fold, join, paragraph, picture, table, tile
from emulax.report.figures import Scale, certificate_histogram, drag_scatter, field_picture, scale_picture
from emulax.report.numbers import integer, number, plural
from emulax.report.plane import middle_plane
from emulax.report.rejections import group_reasons
from emulax.report.settings import settings_table

_SHOWN = 8
_NUMBERS = (
    *("mach_max", "mass_drift", "residual", "force_imbalance", "relaxation_time", "steps"),
    *("velocity_error", "drag_error"),
)


def dataset(content: ReportContent) -> Html:
    """Facts, sample pictures, splits, rejected samples, certificates, drag, recipe."""
    manifest, flows = content.dataset.manifest, content.dataset.flows
    return join(
        _facts(manifest, flows),
        _gallery(flows),
        element("div", _splits(manifest), _rejections(manifest), class_="abreast"),
        _certificates(flows),
        _reruns(content.dataset.reruns),
        captioned(
            picture(drag_scatter(flows), "Drag coefficient against Reynolds number", vector=True),
            "Drag coefficient of every accepted flow over its Reynolds number. Both are referred to D, which is the"
            " same for all bodies, so bodies of greater frontal height lie higher.",
            beside=True,
        ),
        fold("Full recipe", settings_table(manifest.recipe)),
    )


def _facts(manifest: Manifest, flows: FlowData) -> Html:
    grid = flows.sdf.shape[:0:-1]
    cells = flows.cells_per_length

    def span(values: np.ndarray) -> str:
        return f"{number(float(values.min()))} to {number(float(values.max()))}"

    facts = [
        ("dataset", manifest.name),
        ("recipe", code(manifest.recipe_hash[:16])),
        ("seed", str(manifest.seed)),
        ("box", " × ".join(f"{count / cells:g} D" for count in grid)),
        ("grid", f"{' × '.join(map(str, grid))} cells, {cells} in D"),
        ("Re = U D / ν", span(flows.reynolds)),
        ("Re = U h / ν", span(flows.reynolds_height)),
        ("frontal height h / D", span(flows.height)),
    ]
    kinds = Counter(name for text in flows.geometry if (name := _shape_name(text)))
    if kinds:
        facts.append(("shapes", ", ".join(f"{name} {integer(count)}" for name, count in kinds.most_common())))
    return table((), facts, align="ll", caption="The accepted flows at a glance.")


def _shape_name(geometry: str) -> str:
    return json.loads(geometry).get("name", "")


def _gallery(flows: FlowData) -> Html:
    """A few flows in the order of their Reynolds numbers, evenly spaced in that order."""
    order = np.argsort(flows.reynolds, kind="stable")
    shown = flows.take(order[np.unique(np.linspace(0, len(flows) - 1, _SHOWN).round().astype(int))])
    speed = middle_plane(np.linalg.norm(shown.velocity, axis=-1))
    sdf = middle_plane(shown.sdf)
    scale = Scale("speed |u| / U", 0.0, float(speed.max()))
    tiles = []
    for index, values in enumerate(speed):
        figure = field_picture(values, sdf=sdf[index], cells_per_length=flows.cells_per_length, scale=scale, bare=True)
        name = _shape_name(shown.geometry[index]) or shown.sample_id[index]
        numbers = f"Re {number(float(shown.reynolds[index]))} · Cd {number(float(shown.drag_coefficient[index]))}"
        tiles.append(tile(picture(figure, f"Speed of {shown.sample_id[index]}"), f"{name} · {numbers}"))
    key = element("div", picture(scale_picture(scale), "Colours of the speed", vector=True), class_="key")
    sides = " × ".join(f"{size / flows.cells_per_length:g} D" for size in reversed(flows.sdf.shape[1:]))
    where = "in the middle plane of the box" if flows.sdf.ndim > 3 else "in the whole box"
    return captioned(
        join(*tiles, key),
        f"{plural(len(shown), 'flow')}, evenly spaced in the order of their Reynolds numbers: speed {where} of"
        f" {sides}, flow from left to right, bodies in grey.",
        layout="gallery",
    )


def _splits(manifest: Manifest) -> Html:
    rows = []
    for split in (*SPLITS, "all"):
        accepted = [sample.accepted for sample in manifest.samples() if split in (sample.split, "all")]
        rows.append((split, integer(sum(accepted)), integer(len(accepted) - sum(accepted)), integer(len(accepted))))
    return table(
        ("split", "accepted", "rejected", "solved"),
        rows,
        align="lrrr",
        caption="Samples by split. The split hashes the shape, so no shape is in two of them.",
    )


def _rejections(manifest: Manifest) -> Html:
    reasons = group_reasons([sample.reason for sample in manifest.samples() if not sample.accepted])
    if not reasons:
        return paragraph("No sample was rejected.")
    return table(
        ("main reason", "samples"),
        [(reason, integer(count)) for reason, count in reasons.items()],
        align="lr",
        caption="Rejected samples. They stay listed in the manifest, each with its full reason.",
    )


def _certificates(flows: FlowData) -> Html:
    rows, pictures = [], []
    for name in _NUMBERS:
        values = getattr(flows.certificate, name)
        values = values[np.isfinite(values)]
        if not values.size:  # an estimate that nobody asked for
            continue
        show = integer if name == "steps" else number
        marks = (show(float(mark)) for mark in np.quantile(values.astype(np.float64), (0.0, 0.5, 0.95, 1.0)))
        rows.append((code(name), CERTIFICATE[name].long_name, *marks))
        pictures.append(picture(certificate_histogram(name, values), f"Histogram of {name}", vector=True))
    return join(
        table(
            ("certificate", "meaning", "min", "median", "95 %", "max"),
            rows,
            align="llrrrr",
            caption="The solver's certificates of the accepted flows.",
        ),
        captioned(join(*pictures), "Distribution of the certificates over the accepted flows.", layout="triptych"),
    )


def _reruns(reruns: Sequence[Rerun]) -> Html:
    if not reruns:
        return join()
    rows = [(code(one.sample_id), number(one.velocity), number(one.drag)) for one in reruns]
    return table(
        ("flow", "velocity", "drag"),
        rows,
        align="lrr",
        caption="Was it steady? One flow in fifty ran on until it had run at least three times as long: relative change"
        " of the velocity over the fluid cells and of the drag.",
    )
