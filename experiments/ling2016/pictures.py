"""Errors of all models, barycentric maps, secondary flow, and the error of the streamwise velocity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from scipy.interpolate import RegularGridInterpolator
from tables import JUDGED_MODEL, Predictors, rmse, volume_rmse
from velocities import Judged

from emulax.data.stresses import StressFlow
from emulax.metrics import barycentric
from emulax.report import write_figure
from emulax.report.figures.canvas import COLOURS, styled, write_plain_numbers
from emulax.workflows.ducts import Duct

_WIDTH = 2.0
_ARROWS = (33, 17)


def draw(
    out: Path,
    predictors: Predictors,
    held_out: Sequence[StressFlow],
    duct: Duct,
    judged: Mapping[str, Sequence[Judged]],
    flow: StressFlow,
) -> None:
    """Write all pictures to a directory.

    Args:
        out: The directory.
        predictors: Everything that predicts an anisotropy.
        held_out: Flows that it is judged on.
        duct: The duct whose velocity is judged.
        judged: Velocities before and after the training through the solver, one a seed.
        flow: The flow of that duct.
    """
    out.mkdir(exist_ok=True)
    write_figure(out / "errors.png", errors(predictors, held_out))
    write_figure(out / "barycentric.png", maps(predictors, flow))
    velocities = {
        "direct simulation": duct.true_velocity,
        "k-omega SST": np.asarray(duct.model_flow.velocity),
        "a-priori fit": judged["apriori"][0].velocity,
        "trained through the solver": judged["fitted"][0].velocity,
    }
    write_figure(out / "secondary-flow.png", secondary_flow(duct, velocities))
    write_figure(out / "streamwise.png", streamwise(duct, velocities))


@styled
def errors(predictors: Predictors, held_out: Sequence[StressFlow]) -> Figure:
    """Error of b of every model on every held-out flow, plain and by volume, a dot for each seed."""
    figure = Figure(figsize=(8.0, 3.4), layout="constrained")
    panels = figure.subplots(1, len(held_out), sharey=True)
    for axes, flow in zip(panels, held_out, strict=True):
        for colour, (label, of, marker) in zip(
            COLOURS, (("plain", rmse, "o"), ("by volume", volume_rmse, "s")), strict=False
        ):
            for place, seeds in enumerate(predictors.values()):
                values = [of(predict, flow) for predict in seeds]
                axes.plot(
                    values, [place] * len(values), marker, color=colour, markersize=4, label=None if place else label
                )
        axes.set_xscale("log")
        write_plain_numbers(axes.xaxis)
        axes.set_title(flow.name)
        axes.set_xlabel("rmse of b")
    panels[0].set_yticks(range(len(predictors)), predictors)
    panels[0].invert_yaxis()
    panels[0].legend()
    return figure


@styled
def maps(predictors: Predictors, flow: StressFlow) -> Figure:
    """Where the anisotropies of the judged duct lie in the triangle of realizable ones, by the wall's distance."""
    corners = np.array([[1.0, 0.0], [0.0, 0.0], [0.5, np.sqrt(0.75)]])
    of = {
        "direct simulation": flow.true_anisotropy,
        "k-omega SST": predictors["sst"][0](flow),
        "tensor basis network": predictors[JUDGED_MODEL][0](flow),
        "network on components": predictors["components"][0](flow),
    }
    figure = Figure(figsize=(8.6, 2.5), layout="constrained")
    distance = flow.wall_distance / flow.wall_distance.max()
    shown = None
    panels = figure.subplots(1, len(of))
    for axes, (title, anisotropy) in zip(panels, of.items(), strict=True):
        places = barycentric(anisotropy) @ corners
        axes.plot(*corners[[0, 1, 2, 0]].T, color="black", linewidth=0.8)
        shown = axes.scatter(*places.T, c=distance, s=1.0, cmap="viridis", rasterized=True)
        for (x, y), name in zip(corners, ("1", "2", "3"), strict=True):
            axes.annotate(name, (x, y), textcoords="offset points", xytext=(3, 3))
        axes.set_title(title)
        axes.set_aspect("equal")
        axes.set_xlim(-0.05, 1.05)
        axes.set_ylim(-0.15, 1.0)
        axes.set_axis_off()
    if shown is not None:
        figure.colorbar(shown, ax=panels, label="distance from the wall", shrink=0.8)
    return figure


@styled
def secondary_flow(duct: Duct, velocities: Mapping[str, np.ndarray]) -> Figure:
    """The flow across the duct near its corner: arrows, and its size in per cent of the bulk velocity."""
    return _panels(
        duct,
        {title: 100.0 * np.linalg.norm(velocity[..., 1:], axis=-1) for title, velocity in velocities.items()},
        "in-plane velocity, % of bulk",
        "viridis",
        arrows=velocities,
    )


@styled
def streamwise(duct: Duct, velocities: Mapping[str, np.ndarray]) -> Figure:
    """Error of the velocity along the duct near its corner, in per cent of the bulk velocity."""
    errors = {
        title: 100.0 * (velocity - duct.true_velocity)[..., 0]
        for title, velocity in velocities.items()
        if velocity is not duct.true_velocity
    }
    return _panels(duct, errors, "streamwise error, % of bulk", "RdBu_r")


def _panels(
    duct: Duct,
    values: Mapping[str, np.ndarray],
    label: str,
    colours: str,
    arrows: Mapping[str, np.ndarray] | None = None,
) -> Figure:
    """One panel a field, of the part of the section within two half heights of the corner, one scale for all."""
    section = duct.case.section
    first = int(np.argmax(section.z[-1] - section.z < _WIDTH))
    z_centres, y_centres = (centres[first:] for centres in section.centres)
    axes_of_cells = z_centres[:, 0], y_centres[0]
    largest = max(float(np.abs(field[first:]).max()) for field in values.values())
    figure = Figure(figsize=(8.0, 2.2 * -(-len(values) // 2)), layout="constrained")
    panels = figure.subplots(-(-len(values) // 2), 2, sharex=True, sharey=True, squeeze=False)
    shown = None
    for axes in panels.flat[len(values) :]:
        axes.set_axis_off()
    for axes, (title, field) in zip(panels.flat, values.items(), strict=False):
        lowest = 0.0 if arrows else -largest
        shown = axes.pcolormesh(
            section.z[first:], section.y, field[first:].T, cmap=colours, vmin=lowest, vmax=largest, rasterized=True
        )
        if arrows:
            places = np.meshgrid(
                *(np.linspace(side[0], side[-1], count) for side, count in zip(axes_of_cells, _ARROWS, strict=True))
            )
            across = RegularGridInterpolator(axes_of_cells, arrows[title][first:, :, 1:])(np.stack(places, axis=-1))
            axes.quiver(*places, across[..., 1], across[..., 0], color="white", scale=0.3, width=0.003)
        axes.set_title(title)
        axes.set_aspect("equal")
    for axes in panels[:, 0]:
        axes.set_ylabel("y in half heights")
    for axes in panels[-1]:
        axes.set_xlabel("z in half heights")
    if shown is not None:
        figure.colorbar(shown, ax=panels, label=label)
    return figure
