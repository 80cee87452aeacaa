"""`emulax doctor`: what is here, what is missing, and how to get it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from importlib.util import find_spec

import jax
import jax.numpy as jnp
import numpy as np

from emulax.core import provenance, resources
from emulax.models.blocks.native import load_layers
from emulax.workflows.rows import Limit, Row
from emulax_lbm.native import load_engine
from emulax_native import Library, NativeError, cache_folder, find_compiler


def doctor() -> list[Row]:
    """Look at the environment.

    Returns:
        Rows; those with a limit must hold for emulax to work.
    """
    device = provenance.device()
    rows = [Row(f"doctor.version.{name}", None, reason=version) for name, version in provenance.versions().items()]
    rows += [
        Row("doctor.device", float(device["count"]), "devices", Limit(">=", 1), reference=provenance.device_name()),
        Row("doctor.threads", float(device["threads"]), "threads", Limit(">=", 1)),
        Row("doctor.computes", _computes(), "1", Limit(">=", 1), reference="a compiled sum is right"),
        Row("doctor.recipes", float(len(resources.recipes())), "recipes", Limit(">=", 1)),
        Row("doctor.shapes", float(len(list(resources.folder("shapes").iterdir()))), "files", Limit(">=", 1)),
        Row("doctor.disk", shutil.disk_usage(".").free / 2**30, "GiB free", Limit(">=", 1.0)),
    ]
    rows.append(_native("engine", lambda: load_engine("D2Q9", "float32")))
    rows.append(_native("layers", load_layers))
    if device["platform"] == "cpu":
        hint = "none in use; for NVIDIA: pip install 'emulax[gpu]'"
        rows.append(Row("doctor.gpu", None, reason=hint))
    if find_spec("tensorboard") is None:
        rows.append(Row("doctor.tensorboard", None, reason="event files are written; to look: pip install tensorboard"))
    return rows


def _native(part: str, load: Callable[[], Library]) -> Row:
    """Whether a native part, such as the solver's engine, can be built here; building takes its time at first."""
    try:
        where = f"{find_compiler()}, {cache_folder() / load().key}"
    except NativeError as error:
        return Row(f"doctor.native_{part}", None, reason=f"not available, XLA takes its place: {error}")
    return Row(f"doctor.native_{part}", 1.0, "library", reason=where)


def _computes() -> float:
    values = np.arange(1000, dtype=np.float32)
    return float(np.asarray(jax.jit(jnp.sum)(values)) == 499500.0)
