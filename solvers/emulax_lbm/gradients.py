"""A flow as a function of arrays, to be differentiated.

    solve = differentiable(cases, steps)
    inputs = inputs_of(cases)
    slope = jax.grad(lambda inputs: solve(inputs).forces[0, 0])(inputs)
    slope.reynolds, slope.inflow, slope.sdf, ...

The derivative is that of the steps as they are taken (the discrete adjoint), exact up to round-off, not that of the
differential equations. What is not an input stays that of the cases: the grid, the edges, the lattice velocity and so
the time step, and which cells are fluid.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jaxtyping import Array, Float

from emulax_lbm.boundaries import LinkEnds, link_ends, with_distances
from emulax_lbm.case import FlowCase
from emulax_lbm.checks import require_array, require_count, require_kind, shown
from emulax_lbm.engines import Engine, EngineName, choose_engine
from emulax_lbm.engines.checkpointed import advance_checkpointed
from emulax_lbm.errors import CaseError
from emulax_lbm.lattices.lattice import CS2
from emulax_lbm.monitor import exchanged
from emulax_lbm.setup import (
    Parameters,
    Setup,
    along,
    common_setup,
    fields,
    initial_state,
    parameters_of,
    wall_velocity_of,
)


class FlowInputs(NamedTuple):
    """What a flow depends on, a row per case; `inputs_of` makes it from cases.

    Attributes:
        reynolds: U D / nu; it changes the viscosity.
        velocity: At the start, in units of U.
        pressure: At the start, in units of rho U^2.
        inflow: Streamwise velocity at the cell centres of the left edge in units of U; None where there is no inlet.
        sdf: Signed distance at the cell centres in units of D; None where no interpolated wall is inside, or to hold
            the walls. It must be positive in the same cells as that of the cases.
        body_force: Force per mass in units of U^2 / D; None where there is none.
    """

    reynolds: Float[Array, " batch"]
    velocity: Float[Array, "batch ... d"]
    pressure: Float[Array, "batch ..."]
    inflow: Float[Array, "batch ..."] | None = None
    sdf: Float[Array, "batch ..."] | None = None
    body_force: Float[Array, "batch d"] | None = None


class FlowOutputs(NamedTuple):
    """A flow after its steps.

    Attributes:
        velocity: In units of U; zero in solid cells.
        pressure: `(p - p_ref) / (rho U^2)`; zero in solid cells.
        forces: Force coefficients of the walls inside, components x, y[, z]: force over rho U^2 D / 2 (times D in 3-D).
    """

    velocity: Float[Array, "batch ... d"]
    pressure: Float[Array, "batch ..."]
    forces: Float[Array, "batch d"]


def inputs_of(cases: Sequence[FlowCase]) -> FlowInputs:
    """The inputs that describe these cases, at rest relative to their inflow and without pressure.

    Raises:
        CaseError: No cases, or cases that cannot run together.
    """
    setup = common_setup(cases)
    dtype = np.dtype(setup.precision)
    sdf = np.stack([case.sdf for case in cases])

    def array(rows: Sequence[np.ndarray | float | tuple[float, ...]]) -> Array:
        return jnp.asarray(np.stack([np.asarray(row) for row in rows]), dtype)

    at_rest = (0.0,) * setup.lattice.dimensions
    return FlowInputs(
        reynolds=array([case.reynolds for case in cases]),
        velocity=array([case.inflow_velocity() for case in cases]),
        pressure=jnp.zeros(sdf.shape, dtype),
        inflow=array([case.inflow_profile() for case in cases]) if setup.edges.through_flow else None,
        sdf=jnp.asarray(sdf, dtype) if setup.walls_inside and setup.walls != "half-way" else None,
        body_force=array([case.body_force or at_rest for case in cases]) if setup.forced else None,
    )


def differentiable(
    cases: Sequence[FlowCase], steps: int, *, engine: EngineName = "auto"
) -> Callable[[FlowInputs], FlowOutputs]:
    """The flow after some steps as a function of its inputs, which JAX can differentiate.

    In reverse mode the states between the steps are kept for segments of about the root of their number and computed
    again for the rest: a gradient takes the time of some six runs, and memory for some 3 sqrt(steps) states.

    Args:
        cases: Cases that share box, edges, walls, precision, resolution and lattice velocity.
        steps: Number of steps.
        engine: `xla`, in forward and in reverse mode; `native`, which advances faster and has the reverse mode alone,
            through the XLA engine; or `auto`: native where it can run.

    Returns:
        A function of `FlowInputs`. It raises `CaseError` for inputs of the wrong shape or that the cases do not have.
        Unlike cases, inputs are not checked for stability and resolution: change them a little.

    Raises:
        CaseError: No cases, cases that cannot run together, no steps, or an engine that cannot run them.
    """
    expected = inputs_of(cases)
    require_count("steps", steps, 1)
    setup, shape = common_setup(cases), cases[0].sdf.shape
    chosen = choose_engine(engine, setup)
    parameters = parameters_of(cases, setup)
    ends = ()
    if expected.sdf is not None:
        ends = link_ends(setup.lattice, setup.edges, shape, parameters.links, wall_velocity_of(cases, setup))
    sizes = cases[0].cells_per_length, cases[0].force_scale

    def solve(inputs: FlowInputs) -> FlowOutputs:
        _check(inputs, expected)
        return _solve(chosen, setup, steps, sizes, parameters, ends, inputs)

    return solve


def _check(inputs: FlowInputs, expected: FlowInputs) -> None:
    require_kind("inputs", inputs, FlowInputs, "FlowInputs, such as `inputs_of` makes")
    absent = {"inflow": "no edge is an inlet", "sdf": "the cases have no interpolated walls inside"}
    for name, given, like in zip(FlowInputs._fields, inputs, expected, strict=True):
        if given is None and name in FlowInputs._field_defaults:
            continue
        if like is None and name in absent:
            raise CaseError(name, f"is given, but {absent[name]}: leave it None")
        shape = expected.velocity.shape[:: expected.velocity.ndim - 1] if like is None else like.shape
        require_array(name, given, shape)
    if not isinstance(inputs.reynolds, Tracer) and not (inputs.reynolds > 0.0).all():
        raise CaseError("reynolds", f"is {shown(inputs.reynolds)}, must be positive")
    moved = inputs.sdf is not None and not isinstance(inputs.sdf, Tracer)
    if moved and np.any((np.asarray(inputs.sdf) > 0.0) != (np.asarray(expected.sdf) > 0.0)):
        raise CaseError("sdf", "is positive in other cells than that of the cases: make them anew with this one")


@partial(jax.jit, static_argnums=(0, 1, 2, 3))
def _solve(
    engine: Engine,
    setup: Setup,
    steps: int,
    sizes: tuple[float, float],
    parameters: Parameters,
    ends: tuple[LinkEnds, ...],
    inputs: FlowInputs,
) -> FlowOutputs:
    cells_per_length, force_scale = sizes
    inputs = jax.tree.map(lambda leaf: jnp.asarray(leaf, setup.precision), inputs)
    parameters = _changed(setup, cells_per_length, parameters, ends, inputs)
    setup = replace(setup, forced=setup.forced or inputs.body_force is not None)
    state = initial_state(setup, parameters, inputs.velocity, inputs.pressure)
    state = advance_checkpointed(engine, setup, parameters, state, steps)
    velocity, r = fields(setup, parameters, state)
    walls, _ = exchanged(setup, parameters, state)
    scale = along(parameters.incoming.velocity_scale, r.ndim - 1)
    return FlowOutputs(velocity / scale[..., None], r * CS2 / scale**2, walls.force / force_scale)


def _changed(
    setup: Setup, cells_per_length: float, parameters: Parameters, ends: tuple[LinkEnds, ...], inputs: FlowInputs
) -> Parameters:
    """The parameters with what the inputs say; in lattice units, as `FlowCase` and `parameters_of` say it."""
    incoming, dimensions = parameters.incoming, setup.lattice.dimensions
    scale = incoming.velocity_scale
    parameters = parameters._replace(relaxation_time=scale * cells_per_length / inputs.reynolds / CS2 + 0.5)
    if inputs.inflow is not None:
        inflow = along(scale, dimensions - 1) * setup.edges.around_inlet(inputs.inflow)
        parameters = parameters._replace(incoming=incoming._replace(inflow=inflow))
    if inputs.sdf is not None:
        parameters = parameters._replace(links=with_distances(parameters.links, ends, inputs.sdf))
    if inputs.body_force is not None:
        parameters = parameters._replace(force=inputs.body_force * along(scale**2 / cells_per_length, 1))
    return parameters
