"""The speed of training: the U-Net, beside what the machine multiplies and the same network in PyTorch."""

from __future__ import annotations

import json
import statistics
from dataclasses import asdict

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from emulax.core.errors import RunError
from emulax.core.progress import progress
from emulax.data import Normalisation
from emulax.models.blocks import parameter_count
from emulax.models.sdf_flow import FlowModel, FlowModelConfig, UNetConfig, build
from emulax.models.sdf_flow.encoding import channel_count
from emulax.training import FlowLossConfig, OptimiserConfig
from emulax.training.optimisers import optimiser
from emulax.training.step import initial_state, make_step
from emulax.workflows.bench.peers import run_peer
from emulax.workflows.bench.rates import matrix_rate, seconds
from emulax.workflows.rows import Limit, Row
from emulax.workflows.train import batch_loss
from emulax_lbm.engines.native import threads

_ROUNDS = 3
_STEPS = 12
_REPEATS = 3


def bench_training(
    *, peers: bool = False, network: UNetConfig | None = None, grid: tuple[int, int] = (64, 128), samples: int = 16
) -> list[Row]:
    """Measure how fast the U-Net is trained.

    Args:
        peers: Also install and measure PyTorch, in an environment of its own.
        network: Size of the network; the default when None.
        grid: Cells (y, x).
        samples: Samples a step.

    Returns:
        The rows; rates are warm medians, and the ratio is the median of a few, each of rates measured in turn.
    """
    network = network or UNetConfig()
    rows = [Row("bench.matrix_rate", matrix_rate() / 1e9, "GFLOP/s", reason="float32, 2,048 x 2,048")]
    ours, peer = [], []
    rounds, reason = (_ROUNDS if peers else 1), "needs --peers"
    with progress("bench training", rounds, "rounds") as tick:
        for done in range(rounds):
            ours.append(unet_rate(network, grid, samples))
            if peers:
                try:
                    peer.append(_torch_rate(network, grid, samples))
                except RunError as error:
                    reason = str(error)
                    break
            tick(done + 1, f"{ours[-1]:.0f} flows/s")
    note = f"{samples} flows of {grid[1]} x {grid[0]} cells a step"
    rows.append(Row("training.unet.rate", statistics.median(ours), "flows/s", reason=note))
    return [*rows, _against_torch(ours, peer, reason)]


def unet_rate(network: UNetConfig, grid: tuple[int, int], samples: int) -> float:
    """Samples a second of whole optimiser steps: loss, gradient, clipping, AdamW and the average of the weights."""
    model = _model(network, grid)
    update = optimiser(OptimiserConfig(), 1000)
    step = make_step(nnx.graphdef(model), batch_loss(FlowLossConfig()), update, decay=0.999, augment=None)
    random = np.random.default_rng(0)
    sdf = random.standard_normal((samples, *grid)).astype(np.float32)
    data = {
        "sdf": jnp.asarray(sdf),
        "mask": jnp.asarray(sdf > -0.5),
        "reynolds": jnp.full(samples, 20.0, jnp.float32),
        "inflow": jnp.ones((samples, grid[0]), jnp.float32),
        "fields": jnp.asarray(random.standard_normal((samples, *grid, 3)).astype(np.float32)),
    }
    state = initial_state(model, update, averaged=True)
    order, key = jnp.arange(samples), jax.random.key(0)

    def run() -> None:
        nonlocal state
        for _ in range(_STEPS):  # waited for together, as a training waits once an epoch
            state, _ = step(state, data, order, key)
        jax.block_until_ready(state)

    return _STEPS * samples / seconds(run, _REPEATS)


def _torch_rate(network: UNetConfig, grid: tuple[int, int], samples: int) -> tuple[str, float]:
    """The fastest way to run the same network in PyTorch, and its rate.

    Raises:
        RunError: It cannot be installed, or is another network.
    """
    model = _model(network, grid)
    channels, size = channel_count(model.config.inputs), f"{grid[0]}x{grid[1]}"
    found = run_peer("torch", "torch_unet.py", json.dumps(asdict(network)), samples, channels, size, threads(), _STEPS)
    theirs = int(found.pop("parameters"))
    ours = parameter_count(model)
    if theirs != ours:
        raise RunError(f"torch: the network has {theirs} parameters, ours {ours}")
    return max(found.items(), key=lambda item: item[1])


def _model(network: UNetConfig, grid: tuple[int, int]) -> FlowModel:
    return build(network, FlowModelConfig(grid, Normalisation((0.0, 0.0, 0.0), (1.0, 1.0, 1.0))))


def _against_torch(ours: list[float], peer: list[tuple[str, float]], reason: str) -> Row:
    name, limit = "training.unet.vs_torch", Limit(">=", 1.0)
    if len(peer) < len(ours):
        return Row(name, None, "x", limit, reason=reason)
    ratios = [mine / theirs for mine, (_, theirs) in zip(ours, peer, strict=True)]
    median = statistics.median_low(ratios)
    mine, (way, theirs) = ours[ratios.index(median)], peer[ratios.index(median)]
    note = f"{mine:.1f} over {theirs:.1f} flows/s ({way}), {threads()} threads"
    return Row(name, median, "x", limit, reason=note, source="PyTorch 2.13.0")
