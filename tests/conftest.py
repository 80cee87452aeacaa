"""Every test runs in double precision, with shapes and types checked at each call and without a display."""

import os
from importlib.metadata import version

# Before anything imports JAX or matplotlib; subprocesses inherit them.
os.environ["JAX_ENABLE_X64"] = "true"
os.environ["JAX_NUMPY_RANK_PROMOTION"] = "raise"
os.environ["MPLBACKEND"] = "Agg"
# Threads of several workers would wait for each other, spinning.
os.environ["OPENBLAS_NUM_THREADS"] = "1"
# Most of the time goes into compiling, half as long without optimisation and half again with the older code generator,
# which jaxlib 0.11 no longer has. `tools/test-other-pythons` compiles as users do.
if "XLA_FLAGS" not in os.environ:
    os.environ["XLA_FLAGS"] = "--xla_backend_optimization_level=0 --xla_cpu_parallel_codegen_split_count=1"
    if version("jaxlib").startswith("0.10."):
        os.environ["XLA_FLAGS"] += " --xla_cpu_use_fusion_emitters=false"

import jaxtyping
import numpy as np
import pytest

# Before anything imports the packages under test. An int may stand for a float, as everywhere in Python's typing.
jaxtyping.install_import_hook(
    ["emulax", "emulax_lbm", "emulax_native", "emulax_rans"],
    "beartype.beartype(conf=beartype.BeartypeConf(is_pep484_tower=True))",
)


@pytest.fixture
def rng() -> np.random.Generator:
    """The one source of randomness in a test: the same numbers at every run, whatever ran before."""
    return np.random.default_rng(20)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs the native engine where it cannot be built: nobody is asked to install a compiler."""
    marked = [item for item in items if item.get_closest_marker("native")]
    if not marked:
        return
    from emulax_lbm.native import load_engine
    from emulax_native import NativeError

    try:
        load_engine("D2Q9", "float32")
    except NativeError as error:
        for item in marked:
            item.add_marker(pytest.mark.skip(reason=f"no native engine: {error}"))
