"""What holds by construction: a spectral convolution differentiates, a mirrored shape has the mirrored flow."""

from __future__ import annotations

from functools import partial

import jax.numpy as jnp
import numpy as np
from flax import nnx

from emulax.data import FlowInputs, Normalisation
from emulax.models.blocks import SpectralConvolution
from emulax.models.sdf_flow import NETWORKS, FlowModel, FlowModelConfig, build
from emulax.workflows.rows import Check, Limit, Row

_GRID = (64, 128)


def checks() -> list[Check]:
    """The checks of this kind."""
    return [fno_derivative, *(partial(mirror_defect, name) for name in NETWORKS)]


def fno_derivative(modes: tuple[int, int] = (8, 12)) -> Row:
    """A spectral convolution with weights i k_x against the exact derivative of a random periodic field.

    The field is a sum of all modes that the layer keeps, on a box of length one.
    """
    ny, nx = _GRID
    layer = SpectralConvolution(1, 1, modes, precision="highest", rngs=nnx.Rngs(0))
    across, along = np.arange(-modes[0], modes[0] + 1), np.arange(modes[1] + 1)
    wave_numbers = np.broadcast_to(2 * np.pi * along, (len(across), len(along)))
    layer.real[...] = jnp.zeros_like(layer.real[...])
    layer.imaginary[...] = jnp.asarray(wave_numbers[..., None, None], jnp.float32)
    y, x = (np.arange(cells) / cells for cells in (ny, nx))
    random = np.random.default_rng(0)
    amplitudes = random.standard_normal(wave_numbers.shape) + 1j * random.standard_normal(wave_numbers.shape)
    waves = np.exp(2j * np.pi * np.outer(y, across)), np.exp(2j * np.pi * np.outer(along, x))
    field = (waves[0] @ amplitudes @ waves[1]).real
    expected = (waves[0] @ (1j * wave_numbers * amplitudes) @ waves[1]).real
    found = np.asarray(layer(jnp.asarray(field[None, ..., None], jnp.float32)))[0, ..., 0]
    return Row(
        "models.fno.derivative",
        float(np.linalg.norm(found - expected) / np.linalg.norm(expected)),
        "rel",
        Limit("<=", 1e-5),
        reference="the exact derivative of a field of all kept modes",
    )


def mirror_defect(name: str) -> Row:
    """How far the flow of mirrored inputs is from the mirrored flow, with `mirror_equivariant` and random weights."""
    frame = FlowModelConfig(_GRID, Normalisation((1.0, 0.1, -0.2), (0.4, 0.1, 0.5)), mirror_equivariant=True)
    model = _awake(build(name, frame))
    random = np.random.default_rng(1)
    sdf = random.standard_normal((2, *_GRID)).astype(np.float32)
    inflow = (1 + 0.1 * random.standard_normal((2, _GRID[0]))).astype(np.float32)
    given = FlowInputs(sdf, sdf > -0.5, np.array([7.0, 25.0], np.float32), inflow)
    flow = model.predict(given)
    image = model.predict(FlowInputs(sdf[:, ::-1], given.mask[:, ::-1], given.reynolds, inflow[:, ::-1]))
    expected = flow[:, ::-1] * np.array([1, -1, 1], np.float32)
    defect = np.linalg.norm(image - expected) / np.linalg.norm(flow - flow.mean(axis=(1, 2), keepdims=True))
    return Row(
        f"models.{name}.mirror", float(defect), "rel", Limit("<=", 1e-5), reference="the mirror image of the flow"
    )


def _awake(model: FlowModel) -> FlowModel:
    """Heads begin at zero, which hides everything before them."""
    random = np.random.default_rng(2)
    for _, variable in nnx.iter_graph(nnx.state(model, nnx.Param)):
        if isinstance(variable, nnx.Variable) and not np.any(variable[...]):
            variable[...] = jnp.asarray(0.1 * random.standard_normal(variable[...].shape), jnp.float32)
    return model
