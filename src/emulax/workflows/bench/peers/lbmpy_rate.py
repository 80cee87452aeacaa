"""Cell updates a second of lbmpy 2: two relaxation times, incompressible, no walls and no forces.

Runs in an environment of its own: `python lbmpy_rate.py LATTICE XxY[xZ] STEPS THREADS REPEATS`; prints JSON.
"""

import json
import os
import statistics
import sys
import time
from pathlib import Path

lattice, extent, steps, threads, repeats = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:6])
os.environ["OMP_NUM_THREADS"] = str(threads)

import numpy as np  # noqa: E402
import pystencils as ps  # noqa: E402  # pyright: ignore[reportMissingImports]
from lbmpy import (  # noqa: E402  # pyright: ignore[reportMissingImports]
    LBMConfig,
    LBMOptimisation,
    LBStencil,
    Method,
    Stencil,
    create_lb_update_rule,
)

shape = tuple(map(int, extent.split("x")))
stencil = LBStencil(Stencil[lattice])
handling = ps.create_data_handling(domain_size=shape, default_target=ps.Target.CPU)
source = handling.add_array("source", values_per_cell=stencil.Q, dtype=np.float32, alignment=True, layout="fzyx")
target = handling.add_array_like("target", "source")
method = LBMConfig(stencil=stencil, method=Method.TRT, relaxation_rate=1.6, compressible=False, zero_centered=True)
fields = LBMOptimisation(symbolic_field=source, symbolic_temporary_field=target)
rule = create_lb_update_rule(lbm_config=method, lbm_optimisation=fields)


def measure(kernel) -> float:
    """Cell updates a second: warm, median."""
    for name in ("source", "target"):
        handling.fill(name, 0.0)
    seconds = []
    for _ in range(1 + repeats):
        start = time.perf_counter()
        for _ in range(steps):
            handling.run_kernel(kernel)
            handling.swap("source", "target")
        seconds.append(time.perf_counter() - start)
    return int(np.prod(shape)) * steps / statistics.median(seconds[1:])


wide = "avx512f" in Path("/proc/cpuinfo").read_text(encoding="utf-8")
rates = {}
for stores in ("plain stores", "non-temporal stores"):
    config = ps.CreateKernelConfig(target=ps.Target.X86_AVX512 if wide else ps.Target.X86_AVX, default_dtype="float32")
    config.cpu.openmp.enable = True
    config.cpu.openmp.num_threads = threads
    config.cpu.vectorize.enable = True
    config.cpu.vectorize.assume_inner_stride_one = True
    config.cpu.vectorize.use_nontemporal_stores = stores != "plain stores"
    rates[stores] = measure(ps.create_kernel(rule, config).compile())
sys.stdout.write(json.dumps(rates) + "\n")
