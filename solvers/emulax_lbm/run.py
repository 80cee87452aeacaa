"""A run that one can look at between steps."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from emulax_lbm.case import FlowCase
from emulax_lbm.checkpoint import read_checkpoint, restored_state, write_checkpoint
from emulax_lbm.checks import require_count, require_kind
from emulax_lbm.engines import Engine, EngineName, advance, choose_engine, engine_identity
from emulax_lbm.errors import CaseError
from emulax_lbm.lattices.lattice import CS2
from emulax_lbm.monitor import Monitor, advance_and_look, wall_exchange
from emulax_lbm.setup import along, common_setup, fields, initial_state, parameters_of, require_fields


class Run:
    """Cases that advance together.

        run = Run([case])
        while run.time < 50.0:
            run.advance(100)
            print(run.time, run.forces())

    Args:
        cases: Cases that share box, edges, walls, precision, resolution and lattice velocity.
        velocity: Initial velocity in units of U; the inflow (or rest) when None.
        pressure: Initial pressure in units of rho U^2; zero when None.
        engine: `xla`, `native`, or `auto`: native where it can run.

    Attributes:
        cases: As given.
        engine: The engine that was chosen.
        setup: What is compiled in.
        parameters: The cases as arrays.
        state: Where the run is.

    Raises:
        CaseError: No cases, cases that cannot run together, fields that do not go with them, or an engine that cannot
            run them.
    """

    def __init__(
        self,
        cases: Sequence[FlowCase],
        *,
        velocity: Float[np.ndarray, "batch ... d"] | None = None,
        pressure: Float[np.ndarray, "batch ..."] | None = None,
        engine: EngineName = "auto",
    ) -> None:
        self.setup = common_setup(cases)
        require_fields(cases, velocity, pressure)
        self.cases = tuple(cases)
        self.engine: Engine = choose_engine(engine, self.setup)
        self.parameters = parameters_of(cases, self.setup)
        if velocity is None:
            velocity = np.stack([case.inflow_velocity() for case in cases])
        self.state = initial_state(self.setup, self.parameters, velocity, pressure)

    @classmethod
    def restore(cls, path: str | Path, cases: Sequence[FlowCase], *, engine: EngineName | None = None) -> Run:
        """The run of which `save` wrote a checkpoint, where it was.

        Going on with the engine that wrote it makes the bits of a run that never stopped. Any engine can go on to
        round-off, but only if it is asked for.

        Args:
            path: Of the checkpoint.
            cases: Those of the run.
            engine: As for a new run; the one that wrote the checkpoint, in the same build, when None.

        Raises:
            CaseError: No checkpoint, a damaged one or one of other cases; another engine; or as for a new run.
        """
        require_kind("checkpoint", path, str | os.PathLike, "a path")
        contents = read_checkpoint(Path(path))
        written_by = str(contents["engine"])
        run = cls(cases, engine=engine or ("xla" if written_by == "xla" else "native"))
        if engine is None and engine_identity(run.engine, run.setup) != written_by:
            raise CaseError(
                "checkpoint", f"{path} is of another build of the native engine: name an engine to go on to round-off"
            )
        run.state = restored_state(Path(path), contents, run.setup, run.parameters, run.state)
        return run

    def save(self, path: str | Path) -> None:
        """Write a checkpoint, from which `restore` goes on.

        Raises:
            CaseError: It cannot be written.
        """
        require_kind("checkpoint", path, str | os.PathLike, "a path")
        identity = engine_identity(self.engine, self.setup)
        write_checkpoint(Path(path), self.setup, self.parameters, self.state, engine=identity)

    @property
    def steps(self) -> int:
        """Steps taken."""
        return int(self.state.step[0])

    @property
    def time(self) -> float:
        """Time in units of D / U."""
        return self.steps * self.cases[0].velocity_scale / self.cases[0].cells_per_length

    @property
    def diverged(self) -> Bool[np.ndarray, " batch"]:
        """Which cases are no longer finite; the others are not disturbed by them."""
        velocity, r = fields(self.setup, self.parameters, self.state)
        finite = jnp.isfinite(velocity).all(axis=-1) & jnp.isfinite(r)
        return ~np.asarray(finite.reshape(len(self.cases), -1).all(axis=1))

    def advance(self, steps: int) -> None:
        """Take `steps` steps.

        Raises:
            CaseError: No whole number of steps.
        """
        require_count("steps", steps)
        self.state = advance(self.engine, self.setup, self.parameters, self.state, jnp.int32(steps))

    def look(self, steps: int) -> Monitor:
        """Take `steps` steps; also what they led to.

        Raises:
            CaseError: As `advance`.
        """
        require_count("steps", steps)
        self.state, monitor = advance_and_look(self.engine, self.setup, self.parameters, self.state, steps)
        return monitor

    def velocity(self) -> Float[Array, "batch ... d"]:
        """Velocity in units of U; zero in solid cells."""
        velocity, _ = fields(self.setup, self.parameters, self.state)
        return velocity / along(self.parameters.incoming.velocity_scale, velocity.ndim - 1)

    def pressure(self) -> Float[Array, "batch ..."]:
        """`(p - p_ref) / (rho U^2)`; zero in solid cells."""
        _, r = fields(self.setup, self.parameters, self.state)
        return r * CS2 / along(self.parameters.incoming.velocity_scale**2, r.ndim - 1)

    def forces(self) -> Float[np.ndarray, "batch d"]:
        """Force coefficients of the walls inside, components x, y[, z]: force over rho U^2 D / 2 (times D in 3-D)."""
        walls = wall_exchange(self.setup, self.parameters, self.state)
        return np.asarray(walls.force, np.float64) / self.cases[0].force_scale

    def moments(self) -> Float[np.ndarray, "batch m"]:
        """Moment coefficients of the walls inside about each case's `moment_centre`, z alone or x, y, z.

        Moment over rho U^2 D^2 / 2 (in 3-D over rho U^2 D^3 / 2), positive from x towards y.
        """
        walls = wall_exchange(self.setup, self.parameters, self.state)
        return np.asarray(walls.moment, np.float64) / self.cases[0].moment_scale
