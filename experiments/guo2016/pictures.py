"""The tables as pictures: errors of all predictors and variants, drag of the cars, one car, time beside error."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from tables import Study, ratios_to_base

from emulax.data import FlowData
from emulax.report import write_figure
from emulax.report.figures import flow_picture
from emulax.report.figures.canvas import COLOURS, styled, write_plain_numbers
from emulax.workflows.rows import Row
from emulax.workflows.runs import load_model


def draw(
    out: Path, models: Study, nulls: Study, factors: Study, cars: FlowData, rows: Sequence[Row], *, best: str, run: Path
) -> None:
    """Write all pictures to a directory.

    Args:
        out: The directory.
        models: The networks.
        nulls: The null models.
        factors: The base of the ablations and its variants.
        cars: The cars that both were measured on.
        rows: All rows, for times and errors.
        best: The best network.
        run: One of its runs.
    """
    out.mkdir(exist_ok=True)
    write_figure(out / "errors.png", errors(models, nulls))
    write_figure(out / "drag.png", drag({best: models[best], **nulls}, cars))
    write_figure(out / "factors.png", one_factor(factors))
    write_figure(out / "time.png", time_and_error(rows, models))
    middle = int(np.argsort(models[best][0]["cars"].errors["rel_l2"])[len(cars) // 2])
    car = cars.take(slice(middle, middle + 1))
    predicted = load_model(run)[1].predict(car.inputs)[0]
    title = f"{best}: the car with the median error, Re {car.reynolds[0]:.0f}"
    figure = flow_picture(
        predicted, sdf=car.sdf[0], cells_per_length=cars.cells_per_length, title=title, truth=car.fields[0]
    )
    write_figure(out / "car.png", figure)


@styled
def errors(models: Study, nulls: Study) -> Figure:
    """Error of every predictor on flows like the training flows and on cars, a dot for each seed."""
    figure = Figure(figsize=(6.0, 3.2), layout="constrained")
    axes = figure.add_subplot()
    names = [*models, *nulls]
    for number, (where, marker) in enumerate((("primitives", "o"), ("cars", "s"))):
        for place, name in enumerate(names):
            seeds = [seed[where].means["rel_l2"] for seed in {**models, **nulls}[name]]
            label = where if place == 0 else None
            axes.plot(seeds, [place] * len(seeds), marker, color=COLOURS[number], markersize=5, label=label)
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    axes.set_xscale("log")
    write_plain_numbers(axes.xaxis)
    axes.set_xlabel("rel_l2 of the velocity, mean over held-out flows")
    axes.legend()
    return figure


@styled
def drag(predictors: Study, cars: FlowData) -> Figure:
    """Drag of the cars from predicted fields over that of the solver."""
    figure = Figure(figsize=(4.2, 4.0), layout="constrained")
    axes = figure.add_subplot()
    true = cars.drag_coefficient
    for colour, (name, seeds) in zip(COLOURS, predictors.items(), strict=False):
        axes.plot(true, seeds[0]["cars"].forces[:, 0], ".", color=colour, label=name, markersize=4)
    ends = [true.min(), true.max()]
    axes.plot(ends, ends, color="black", linewidth=0.8)
    axes.set_xlabel("drag coefficient of the solver")
    axes.set_ylabel("drag coefficient from predicted fields")
    axes.legend()
    return figure


@styled
def one_factor(factors: Study) -> Figure:
    """Error of each variant over that of its base, a dot for each seed."""
    found = {name: ratios for name in factors if (ratios := ratios_to_base(factors, name))}
    figure = Figure(figsize=(5.2, 3.2), layout="constrained")
    axes = figure.add_subplot()
    axes.axvline(1.0, color="black", linewidth=0.8)
    for place, ratios in enumerate(found.values()):
        axes.plot(ratios, [place] * len(ratios), "o", color=COLOURS[0], markersize=5)
    axes.set_yticks(range(len(found)), found)
    axes.invert_yaxis()
    axes.set_xscale("log")
    write_plain_numbers(axes.xaxis)
    axes.set_xlabel("rel_l2 over that of the base (…-sdf) with the same seed")
    return figure


@styled
def time_and_error(rows: Sequence[Row], models: Study) -> Figure:
    """Milliseconds a flow over error: trained networks beside the solver on coarser grids, 100 flows together.

    All errors are against the solver on its finest grid.
    """
    found = {row.id.removeprefix("guo2016."): row.value for row in rows if row.value is not None}
    figure = Figure(figsize=(5.2, 3.4), layout="constrained")
    axes = figure.add_subplot()
    grids = [name.removesuffix(".ms") for name in found if name.startswith("solver.") and name.endswith(".ms")]
    coarser = [grid for grid in grids if found[f"{grid}.error"]]
    errors, times = ([found[f"{grid}.{what}"] for grid in coarser] for what in ("error", "ms"))
    axes.plot(errors, times, "s-", color="black", label="solver on coarser grids")
    for grid, error, time in zip(coarser, errors, times, strict=True):
        axes.annotate(grid.removeprefix("solver."), (error, time), textcoords="offset points", xytext=(5, 4))
    for colour, name in zip(COLOURS, models, strict=False):
        axes.plot(found[f"equal.{name}.error"], found[f"equal.{name}.ms"], "o", color=colour, label=name)
    axes.set_xscale("log")
    axes.set_yscale("log")
    write_plain_numbers(axes.xaxis)
    write_plain_numbers(axes.yaxis)
    axes.set_xlabel("rel_l2 of the velocity against the solver's finest grid")
    axes.set_ylabel("ms a flow")
    axes.legend()
    return figure
