"""Two engines behind one function: the same state goes in and comes out."""

from __future__ import annotations

import logging
from functools import cache
from typing import Literal, get_args

from jaxtyping import Array

from emulax_lbm.checks import require_name
from emulax_lbm.engines import native, xla
from emulax_lbm.errors import CaseError
from emulax_lbm.setup import Parameters, Setup, State
from emulax_native import NativeError

EngineName = Literal["auto", "xla", "native"]
"""`xla` runs anywhere and can be differentiated, `native` is the fastest on a CPU, `auto` takes it where it can."""

Engine = Literal["xla", "native"]


def choose_engine(name: str, setup: Setup) -> Engine:
    """The engine for a setup; `auto` falls back to XLA with one line in the log.

    Raises:
        CaseError: An unknown engine, or the native one where it cannot run.
    """
    require_name("engine", name, get_args(EngineName))
    if name == "xla":
        return "xla"
    reason = why_not_native(setup)
    if not reason:
        return "native"
    if name == "native":
        raise CaseError("engine", f"is 'native', but {reason}: use engine='xla'")
    _say_once(reason)
    return "xla"


def why_not_native(setup: Setup) -> str:
    """Why the native engine cannot run a setup here; empty where it can."""
    return native.unsupported(setup) or _unavailable(setup.lattice.name, setup.precision)


def engine_identity(name: str, setup: Setup) -> str:
    """What the bits of a run depend on: `xla`, or `native` with the hash of its library.

    Raises:
        CaseError: As `choose_engine`.
    """
    if choose_engine(name, setup) == "xla":
        return "xla"
    return f"native-{native.target(setup.lattice.name, setup.precision).rpartition('_')[2]}"


def advance(engine: Engine, setup: Setup, parameters: Parameters, state: State, steps: Array) -> State:
    """`steps` time steps of every case; the state is given away."""
    return (native if engine == "native" else xla).advance(setup, parameters, state, steps)


@cache
def _unavailable(lattice: str, precision: str) -> str:
    try:
        native.target(lattice, precision)
    except NativeError as error:
        return str(error)
    return ""


@cache
def _say_once(reason: str) -> None:
    logging.getLogger("emulax_lbm").warning("the native engine is not used: %s", reason)
