"""What a gradient through many steps costs, in time and in memory."""

from __future__ import annotations

import math
import statistics

import jax

from emulax.workflows.bench.domains import Domain
from emulax.workflows.bench.rates import rate, seconds
from emulax.workflows.rows import Limit, Row
from emulax_lbm import FlowInputs, differentiable, inputs_of


def gradient_rows(domain: Domain, steps: int = 1000) -> list[Row]:
    """Time of the drag and its gradient by all inputs, through the XLA engine, over that of its steps alone."""
    case = domain.case()
    solve, inputs = differentiable([case], steps, engine="xla"), inputs_of([case])

    def drag(inputs: FlowInputs) -> jax.Array:
        return solve(inputs).forces[0, 0]

    program = jax.jit(jax.value_and_grad(drag)).lower(inputs).compile()
    before = rate(case, steps, "xla", repeats=3)
    gradient = seconds(lambda: jax.block_until_ready(program(inputs)), repeats=3)
    forward = case.sdf.size * steps / statistics.mean((before, rate(case, steps, "xla", repeats=3)))
    note = f"{gradient:.3g} over {forward:.3g} s, {domain.extent}, float32"
    if memory := program.memory_analysis():
        used = memory.temp_size_in_bytes + memory.argument_size_in_bytes + memory.output_size_in_bytes
        state = domain.lattice.size * math.prod(cells + 2 for cells in domain.shape) * 4  # with its ghost cells
        note += f"; {used / 2**20:.0f} MiB, {used / state:.0f} states"
    return [Row(f"lbm.vjp{steps}.ratio", gradient / forward, "x", Limit("<=", 8.0), reason=note)]
