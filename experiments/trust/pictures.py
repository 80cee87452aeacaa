"""What the rows say, to look at: bands, verdicts, starts, and the choice of flows."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from active import Curves
from coverage import BandScores, coverage_by_level
from matplotlib.figure import Figure
from probes import Probed, error_limit

from emulax.report import write_figure
from emulax.report.figures.canvas import COLOURS, styled, write_plain_numbers
from emulax.trust import StartComparison

LEVELS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95)


def draw(
    out: Path,
    bands: BandScores,
    inside: Probed,
    outside: Mapping[str, Probed],
    starts: StartComparison,
    curves: Curves,
) -> None:
    """Write all pictures to a directory.

    Args:
        out: The directory.
        bands: Scores of the held-out flows.
        inside: Verdicts and errors of the held-out flows.
        outside: The same of flows of other kinds.
        starts: Times to near the end from each start.
        curves: Error over number of flows, by selection.
    """
    out.mkdir(exist_ok=True)
    write_figure(out / "coverage.png", coverage(bands))
    write_figure(out / "verdicts.png", verdicts(inside, outside))
    write_figure(out / "starts.png", times_by_start(starts))
    write_figure(out / "active.png", learning(curves))


@styled
def coverage(bands: BandScores) -> Figure:
    """Share that bands hold over the share that they were asked to hold."""
    figure = Figure(figsize=(3.8, 3.4), layout="constrained")
    axes = figure.add_subplot()
    axes.plot(LEVELS, LEVELS, color="black", linewidth=0.8)
    for colour, marker, (kind, found) in zip(COLOURS, "os^", coverage_by_level(bands, LEVELS).items(), strict=False):
        axes.plot(LEVELS, found, marker, color=colour, markersize=5, label=kind)
    axes.set_xlabel("coverage asked")
    axes.set_ylabel("coverage found, mean of re-splits")
    axes.legend()
    return figure


@styled
def verdicts(inside: Probed, outside: Mapping[str, Probed]) -> Figure:
    """Error of every flow over its distance to the training flows: filled where it is called out of distribution."""
    figure = Figure(figsize=(5.6, 3.8), layout="constrained")
    axes = figure.add_subplot()
    for colour, (kind, found) in zip(COLOURS, {"held-out": inside, **outside}.items(), strict=False):
        for called, fill in ((True, colour), (False, "none")):
            chosen = found.called_out == called
            axes.plot(
                found.score[chosen],
                found.error[chosen],
                "o",
                markersize=3.5,
                markeredgecolor=colour,
                markerfacecolor=fill,
                markeredgewidth=0.6,
            )
        axes.plot([], [], "o", color=colour, markersize=4, label=kind)
    axes.axhline(error_limit(inside.error), color="black", linewidth=0.8)
    axes.set_yscale("log")
    write_plain_numbers(axes.yaxis)
    axes.set_xlabel("distance to the training flows (filled: called out of distribution)")
    axes.set_ylabel("rel_l2; above the line a prediction fails")
    axes.legend()
    return figure


@styled
def times_by_start(starts: StartComparison) -> Figure:
    """Time to near the end from each start, and what of it went before the first step."""
    figure = Figure(figsize=(5.2, 2.0), layout="constrained")
    axes = figure.add_subplot()
    names = list(starts.steps)
    before = np.array([1e3 * starts.preparation[name] for name in names])
    total = np.array([1e3 * starts.seconds(name) for name in names])
    axes.barh(names, before, color=COLOURS[1], label="before the first step")
    axes.barh(names, total - before, left=before, color=COLOURS[0], label="steps")
    axes.invert_yaxis()
    axes.set_xlabel(f"ms a flow to within {starts.tolerance:.1%} of the converged velocity")
    axes.legend()
    return figure


@styled
def learning(curves: Curves) -> Figure:
    """Error over number of flows by the way that they are chosen: mean, and the seeds' standard deviation."""
    figure = Figure(figsize=(4.6, 3.2), layout="constrained")
    axes = figure.add_subplot()
    for colour, (name, found) in zip(COLOURS, curves.items(), strict=False):
        errors = np.stack([curve.error for curve in found])
        mean, deviation = errors.mean(axis=0), errors.std(axis=0, ddof=1)
        axes.plot(found[0].labelled, mean, "o-", color=colour, markersize=4, label=name)
        axes.fill_between(found[0].labelled, mean - deviation, mean + deviation, color=colour, alpha=0.15, linewidth=0)
    axes.set_ylim(bottom=0.0)
    axes.set_xlabel("flows trained on")
    axes.set_ylabel("rel_l2 on held-out flows")
    axes.legend()
    return figure
