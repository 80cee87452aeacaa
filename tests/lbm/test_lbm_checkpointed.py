"""Segments of steps: how many, and what they cost."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from emulax_lbm import PERIODIC, FlowCase, differentiable, inputs_of, open_box
from emulax_lbm.engines.checkpointed import split


@pytest.mark.parametrize("steps", [1, 2, 7, 97, 1000, 1024, 9973])
def test_segments_and_their_length_are_near_the_root(steps):
    segments, length = split(steps)
    assert 0 <= steps - segments * length < segments
    assert segments + length <= 2.5 * math.sqrt(steps) + 2.0


@pytest.mark.parametrize(("steps", "expected"), [(1, (1, 1)), (1000, (25, 40)), (1024, (32, 32)), (2000, (40, 50))])
def test_round_numbers_leave_no_steps_over(steps, expected):
    assert split(steps) == expected


@pytest.mark.parametrize("engine", ["xla", pytest.param("native", marks=pytest.mark.native)])
def test_memory_is_for_two_roots_of_the_steps(engine):
    case = FlowCase(open_box((32, 32)), 10.0, 8, edges=PERIODIC)
    solve = differentiable([case], 2500, engine=engine)
    energy = jax.grad(lambda inputs: jnp.sum(solve(inputs).velocity ** 2))
    # Memory does not depend on the effort spent on making the program fast.
    program = jax.jit(energy).lower(inputs_of([case])).compile(compiler_options={"xla_backend_optimization_level": 0})
    states = program.memory_analysis().temp_size_in_bytes / (9 * 34 * 34 * np.dtype(np.float32).itemsize)
    assert states == pytest.approx(2.0 * 50.0, rel=0.1)
