"""Many steps that can be differentiated in reverse, with memory for the root of their number.

The steps go in segments. On the way forward only the state at the start of each is kept; on the way back a segment is
advanced again from there, what its steps stream is kept (`streaming.kept`), and each step is linearised as it is
passed. With segments as long as they are many this is the two-level schedule of Griewank & Walther 2008, Evaluating
Derivatives, chapter 12 (doi 10.1137/1.9780898717761): one further run, and memory for twice the root of the steps.

Where the native engine advances, each segment's derivative is that of the same segment in XLA.
"""

from __future__ import annotations

import math
from functools import partial

import jax
import jax.numpy as jnp

from emulax_lbm.engines import Engine, native, xla
from emulax_lbm.engines.reverse_only import reverse_only
from emulax_lbm.setup import Parameters, Setup, State
from emulax_lbm.streaming import KEPT


def advance_checkpointed(engine: Engine, setup: Setup, parameters: Parameters, state: State, steps: int) -> State:
    """`steps` time steps of every case, as `engines.advance`, but differentiable.

    Args:
        engine: `xla` differentiates forwards and in reverse, `native` in reverse alone.
        setup: What is compiled in.
        parameters: The cases as arrays.
        state: Where they are; not given away.
        steps: Number of steps, known when it is compiled.
    """
    if engine == "native":
        parameters, state = reverse_only((parameters, state))
        advance = _native_segment
    else:
        # Loops keep what is computed twice apart; the barriers that do so elsewhere would only hinder fusion.
        advance = jax.checkpoint(_segment, static_argnums=(0, 1), prevent_cse=False)
    segments, length = split(steps)
    remaining = steps - segments * length
    if remaining:
        state = advance(setup, remaining, parameters, state)
    return jax.lax.scan(lambda now, _: (advance(setup, length, parameters, now), None), state, length=segments)[0]


def split(steps: int) -> tuple[int, int]:
    """Number of segments and the steps in each, both near the root of `steps`.

    They leave no steps over where that costs at most a quarter more memory: a remainder is a program more to compile.
    """
    root = math.isqrt(steps)
    divisor = max(n for n in range(1, root + 1) if steps % n == 0)
    segments = divisor if 2 * divisor >= root else root
    return segments, steps // segments


def _segment(setup: Setup, length: int, parameters: Parameters, state: State) -> State:
    def step(now: State, _: None) -> tuple[State, None]:
        return xla.step(setup, parameters, now), None

    step = jax.checkpoint(step, prevent_cse=False, policy=jax.checkpoint_policies.save_only_these_names(KEPT))
    return jax.lax.scan(step, state, length=length)[0]


@partial(jax.custom_vjp, nondiff_argnums=(0, 1))
def _native_segment(setup: Setup, length: int, parameters: Parameters, state: State) -> State:
    return native.advance(setup, parameters, state, jnp.int32(length))


def _forward(setup: Setup, length: int, parameters: Parameters, state: State) -> tuple[State, tuple[Parameters, State]]:
    return _native_segment(setup, length, parameters, state), (parameters, state)


def _backward(setup: Setup, length: int, start: tuple[Parameters, State], cotangent: State) -> tuple[Parameters, State]:
    return jax.vjp(partial(_segment, setup, length), *start)[1](cotangent)


_native_segment.defvjp(_forward, _backward)
